// Reads the stages and instructions of a Dockerfile.
import { readFileSync } from 'node:fs';
import { DockerfileParser } from 'dockerfile-ast';

/** Instructions that change only what is noted about the image. */
const NOTES = ['EXPOSE', 'STOPSIGNAL'];

/** @returns {{ name: string, image: string, steps: object[], notes: Record<string, string> }[]} */
export function readStages(file) {
  const stages = [];
  for (const instruction of DockerfileParser.parse(readFileSync(file, 'utf8')).getInstructions()) {
    const keyword = instruction.getKeyword();
    if (keyword === 'FROM') {
      stages.push({ name: instruction.getBuildStage(), image: instruction.getImage(), steps: [], notes: {} });
      continue;
    }
    const stage = stages.at(-1);
    if (NOTES.includes(keyword)) stage.notes[keyword] = instruction.getArgumentsContent();
    else if (keyword === 'CMD') stage.notes.CMD = strings(instruction);
    else if (keyword === 'HEALTHCHECK') stage.notes.HEALTHCHECK = strings(instruction);
    else stage.steps.push(readStep(keyword, instruction));
  }
  return stages;
}

function readStep(keyword, instruction) {
  const values = () => instruction.getArguments().map((argument) => argument.getValue());
  switch (keyword) {
    case 'RUN':
      return { keyword, command: instruction.getArgumentsContent() };
    case 'COPY': {
      const [from] = instruction.getFlags().map((flag) => flag.getValue());
      const paths = values();
      return { keyword, from, sources: paths.slice(0, -1), target: paths.at(-1) };
    }
    case 'ENV':
      return {
        keyword,
        variables: Object.fromEntries(
          instruction.getProperties().map((each) => [each.getName(), each.getValue()]),
        ),
      };
    case 'WORKDIR':
    case 'USER':
      return { keyword, value: values()[0] };
    default:
      throw new Error(`The Dockerfile has an instruction that this check does not know: ${keyword}`);
  }
}

/** The strings of the exec form. The shell form is refused, because a shell does not pass signals on. */
function strings(instruction) {
  const [, list] = /(?:^|\bCMD\s+)(\[.*\])$/s.exec(instruction.getArgumentsContent()) ?? [];
  if (list === undefined) throw new Error('CMD and HEALTHCHECK must have the exec form.');
  return JSON.parse(list);
}
