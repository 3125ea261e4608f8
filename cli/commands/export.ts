import { basename } from 'node:path'
import { ClyraError } from '../../core/errors.ts'
import { jiraIssue } from '../../core/tickets/jira.ts'
import { serviceNowChange } from '../../core/tickets/servicenow.ts'
import { ticketRequest } from '../../evidence/ticket-request.ts'
import { defineCommand } from '../command.ts'
import { exit } from '../exit-codes.ts'
import { readBytes, writeBytes } from '../files.ts'

/** `clyra export`: the payload a tracker's API takes, as JSON. It repeats the evidence; only `clyra verify` judges it. */
export const command = defineCommand({
  command: 'export <file>',
  describe: 'Write what the ticket API of ServiceNow or Jira takes, from an evidence file',
  builder: (yargs) =>
    yargs
      .positional('file', { type: 'string', demandOption: true, describe: 'Evidence file' })
      .option('servicenow', { type: 'boolean', default: false, describe: 'Body of POST /api/sn_chg_rest/v1/change/normal' })
      .option('jira', { type: 'boolean', default: false, describe: 'Body of POST /rest/api/3/issue' })
      .option('project', { type: 'string', default: 'CHG', describe: 'With --jira: project key' })
      .option('issue-type', { type: 'string', default: 'Task', describe: 'With --jira: issue type' })
      .option('output', { alias: 'o', type: 'string', describe: 'Where to write it (default: the standard output)' })
      .option('force', { type: 'boolean', default: false, describe: 'Overwrite a file that is there' })
      .example('$0 export --servicenow evidence.zip', '')
      .example('$0 export --jira --project OPS evidence.zip -o issue.json', ''),
  handler: async ({ file, servicenow, jira, project, issueType, output, force, json }, io) => {
    if (servicenow === jira) throw new ClyraError('CLYRA_CLI_USAGE', 'expected one of --servicenow and --jira')
    const request = ticketRequest(readBytes(file), basename(file))
    const payload = servicenow ? serviceNowChange(request) : jiraIssue(request, project, issueType)
    const text = JSON.stringify(payload, null, 2)
    if (output === undefined) {
      io.out(text)
      return exit.ok
    }
    writeBytes(output, `${text}\n`, { overwrite: force })
    io.out(json ? JSON.stringify({ file: output }) : output)
    return exit.ok
  },
})
