import type { Value } from '../../helpers/arm.ts'

/** The state of Azure and GitHub. */
export interface World {
  azure: {
    version: string
    signedIn: boolean
    subscription: { readonly id: string; readonly name: string; readonly tenantId: string }
    /** Names of resource providers that are registered. */
    providers: string[]
    /** Where Container Apps is offered. */
    regions: readonly string[]
    groups: Record<string, Group>
    /** Images whose revision never becomes healthy. */
    broken: string[]
    /** An image that runs instead of the requested one. */
    other?: string
  }
  github: {
    signedIn: boolean
    repositories: Record<string, Repository>
    /** Where bare repositories are, OWNER/REPO.git, for commands that push or merge. */
    folder?: string
  }
  /** Packages at ghcr.io: whether they are public, and the digest of each NAME:TAG. */
  packages: { public: boolean; tags: Record<string, string> }
  /** Commands that fail, once or always, with an error of Azure's or GitHub's. */
  faults: { readonly command: string; readonly error: string; readonly always?: boolean }[]
  windows: boolean
  /** Each command line. */
  calls: string[][]
}

export interface Group {
  location: string
  tags: Record<string, string>
  /** By id, as Azure returns them. */
  resources: Record<string, Value>
  deployment?: Value
}

export interface Repository {
  private: boolean
  /** In the subject of its OIDC tokens. */
  prefix: string
  environments: Record<
    string,
    { limited: boolean; rules: Value[]; policies: { name: string; type: string }[] }
  >
  variables: Record<string, string>
  rulesets: Value[]
  /** Branches of open pull requests. */
  pulls: string[]
}

/** A new repository's defaults. */
export function newRepository(prefix: string): Repository {
  return { private: false, prefix, environments: {}, variables: {}, rulesets: [], pulls: [] }
}

export function newWorld(): World {
  return {
    azure: {
      version: '2.77.0',
      signedIn: true,
      subscription: {
        id: '11111111-1111-1111-1111-111111111111',
        name: 'Pay as you go',
        tenantId: '22222222-2222-2222-2222-222222222222',
      },
      providers: ['Microsoft.Storage'],
      regions: ['West Europe', 'East US'],
      groups: {},
      broken: [],
    },
    github: {
      signedIn: true,
      repositories: {
        'Owner/Repo': newRepository('repo:Owner@1/Repo@2'),
      },
    },
    packages: {
      public: true,
      tags: {
        'owner/taskapp-backend:main': `sha256:${'1'.repeat(64)}`,
        'owner/taskapp-backend:main-postgres': `sha256:${'2'.repeat(64)}`,
        'owner/taskapp-frontend:main': `sha256:${'3'.repeat(64)}`,
      },
    },
    faults: [],
    windows: false,
    calls: [],
  }
}
