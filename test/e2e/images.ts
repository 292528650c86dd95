/** Which images the stories run. They are built beforehand: see the README of this folder. */
export const NODE_IMAGE = process.env['E2E_NODE_IMAGE'] ?? 'paxoskv/node:e2e';
/** The same content under another tag: what a rolling update goes to. */
export const OTHER_NODE_IMAGE = process.env['E2E_OTHER_NODE_IMAGE'] ?? `${NODE_IMAGE}-other`;
export const OPERATOR_IMAGE = process.env['E2E_OPERATOR_IMAGE'] ?? 'paxoskv/operator:e2e';
/** Of the commit that `test/upgrade/FROM` names: where upgrades begin. */
export const FROM_NODE_IMAGE = process.env['E2E_FROM_NODE_IMAGE'] ?? `${NODE_IMAGE}-from`;
export const FROM_OPERATOR_IMAGE = process.env['E2E_FROM_OPERATOR_IMAGE'] ?? `${OPERATOR_IMAGE}-from`;
