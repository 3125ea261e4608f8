// Every command and the file it lives in. Only the files of the group that was named are loaded.
import type { AnyCommand } from './command.ts'

type Load = () => Promise<{ command: AnyCommand }>

interface Group {
  describe: string
  commands: Record<string, Load>
}

/** Commands of one word. */
export const single: Record<string, Load> = {
  up: () => import('./commands/up.ts'),
  down: () => import('./commands/down.ts'),
  status: () => import('./commands/status.ts'),
  doctor: () => import('./commands/doctor.ts'),
  worker: () => import('./commands/worker.ts'),
  gateway: () => import('./commands/gateway.ts'),
  approve: () => import('./commands/approve.ts'),
  reject: () => import('./commands/reject.ts'),
  freeze: () => import('./commands/freeze.ts'),
  unfreeze: () => import('./commands/unfreeze.ts'),
  verify: () => import('./commands/verify.ts'),
  attest: () => import('./commands/attest.ts'),
  export: () => import('./commands/export.ts'),
}

/** Commands of two words. */
export const groups: Record<string, Group> = {
  change: {
    describe: 'Ask for changes and follow them',
    commands: {
      submit: () => import('./commands/change-submit.ts'),
      list: () => import('./commands/change-list.ts'),
      show: () => import('./commands/change-show.ts'),
      wait: () => import('./commands/change-wait.ts'),
      grant: () => import('./commands/change-grant.ts'),
      complete: () => import('./commands/change-complete.ts'),
      cancel: () => import('./commands/change-cancel.ts'),
      resolve: () => import('./commands/change-resolve.ts'),
    },
  },
  approvals: {
    describe: 'See what waits for approval',
    commands: { list: () => import('./commands/approvals-list.ts'), show: () => import('./commands/approvals-show.ts') },
  },
  approver: {
    describe: 'Say who may approve',
    commands: {
      enroll: () => import('./commands/approver-enroll.ts'),
      invite: () => import('./commands/approver-invite.ts'),
      list: () => import('./commands/approver-list.ts'),
      revoke: () => import('./commands/approver-revoke.ts'),
    },
  },
  slack: {
    describe: 'Say which Slack user is whom',
    commands: {
      link: () => import('./commands/slack-link.ts'),
      list: () => import('./commands/slack-list.ts'),
      unlink: () => import('./commands/slack-unlink.ts'),
    },
  },
  target: {
    describe: 'See what may be changed, and bring it under Clyra',
    commands: {
      list: () => import('./commands/target-list.ts'),
      show: () => import('./commands/target-show.ts'),
      install: () => import('./commands/target-install.ts'),
    },
  },
  gate: { describe: 'Let policy hold changes up', commands: { enable: () => import('./commands/gate-enable.ts') } },
  policy: {
    describe: 'Check and try a policy',
    commands: {
      lint: () => import('./commands/policy-lint.ts'),
      test: () => import('./commands/policy-test.ts'),
      explain: () => import('./commands/policy-explain.ts'),
    },
  },
  evidence: { describe: 'Fetch evidence files', commands: { get: () => import('./commands/evidence-get.ts') } },
  demo: { describe: 'Work with the demo warehouse', commands: { data: () => import('./commands/demo-data.ts') } },
  warehouse: { describe: 'Look after the warehouses', commands: { doctor: () => import('./commands/warehouse-doctor.ts') } },
  sso: { describe: "Look after the company's sign-on", commands: { doctor: () => import('./commands/sso-doctor.ts') } },
  temporal: { describe: 'Look after Temporal', commands: { doctor: () => import('./commands/temporal-doctor.ts') } },
}
