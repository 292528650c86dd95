/** `paxosctl completion`: prints what a shell needs to complete commands, options and files. */
import { InvalidInput } from '../../src/errors.ts';
import type { Command, Invocation } from '../command.ts';
import { COMMON_OPTIONS } from '../common-options.ts';
import { completionScript, SHELLS } from '../completion-script.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

export const COMPLETION: Command = {
  name: 'completion',
  operands: [{ name: 'SHELL' }],
  summary: 'prints the completion for bash or zsh',
  notes:
    'In ~/.bashrc: source <(paxosctl completion bash). In ~/.zshrc, after compinit: source <(paxosctl completion zsh).',
  options: [],
  async run({ operands: [shell = ''], commands, output }: Invocation): Promise<ExitCode> {
    const known = SHELLS.find((each) => each === shell);
    if (known === undefined) throw new InvalidInput('SHELL', shell, `must be ${SHELLS.join(' or ')}`);
    output.streams.out(completionScript(known, commands, COMMON_OPTIONS));
    return EXIT.ok;
  },
};
