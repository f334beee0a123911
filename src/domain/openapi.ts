/** What the OpenAPI document has of the domain, beside its resources. */
export { headers, parameters, paths, schemas, tags, words } from '../tasks/api/openapi.ts'
