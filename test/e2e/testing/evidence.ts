/** What a person would look at after a story has failed: printed before its namespace goes away. */
import { kubectl } from '../../crd/api-server.ts';

/** Of each pod. */
const LOG_LINES = 60;

export async function printEvidence(namespace: string): Promise<void> {
  const show = async (...args: string[]): Promise<void> => {
    const { stdout, stderr } = await kubectl(['--namespace', namespace, ...args]);
    console.log(`\n$ kubectl ${args.join(' ')}\n${stdout}${stderr}`.trimEnd());
  };
  await show('get', 'pxc,statefulsets,pods,pvc,services,pdb,endpointslices', '-o', 'wide');
  await show(
    'get',
    'pxc',
    '-o',
    'jsonpath={range .items[*]}{.metadata.name}{" "}{.spec}{"\\n"}{.status}{"\\n"}{end}',
  );
  await show('get', 'events', '--sort-by=.metadata.creationTimestamp');
  // One that no node was found for has said nothing.
  const ran = ['get', 'pods', '--field-selector=spec.nodeName!=', '-o', 'name'];
  const { stdout } = await kubectl(['--namespace', namespace, ...ran]);
  for (const pod of stdout.trim().split('\n').filter(Boolean)) {
    await show('logs', pod, '--all-containers', `--tail=${LOG_LINES}`, '--prefix');
    await show('logs', pod, '--all-containers', `--tail=${LOG_LINES}`, '--prefix', '--previous');
  }
}
