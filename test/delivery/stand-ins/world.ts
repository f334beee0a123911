import type { Value } from '../../helpers/arm.ts'

/** What Azure and GitHub know. */
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
    /** Images whose revision never gets healthy. */
    broken: string[]
    /** An image that another runs in the place of each one that is asked for. */
    other?: string
  }
  github: {
    signedIn: boolean
    repositories: Record<string, Repository>
  }
  /** Commands that fail, once or always, with an error of Azure's or GitHub's. */
  faults: { readonly command: string; readonly error: string; readonly always?: boolean }[]
  windows: boolean
  /** Each command line. */
  calls: string[][]
}

export interface Group {
  location: string
  tags: Record<string, string>
  /** By id, as Azure gives them back. */
  resources: Record<string, Value>
  deployment?: Value
}

export interface Repository {
  private: boolean
  /** Of the subject of its OIDC tokens. */
  prefix: string
  environments: Record<
    string,
    { limited: boolean; rules: Value[]; policies: { name: string; type: string }[] }
  >
  variables: Record<string, string>
  rulesets: Value[]
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
        'Owner/Repo': {
          private: false,
          prefix: 'repo:Owner@1/Repo@2',
          environments: {},
          variables: {},
          rulesets: [],
        },
      },
    },
    faults: [],
    windows: false,
    calls: [],
  }
}
