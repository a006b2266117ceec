/** Role and ClusterRole print as kinds without columns do: name and date. */
export { DEFAULT_TABLE as ROLE_TABLE } from './default.ts';
