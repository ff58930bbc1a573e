import { parameters } from "../realtime/upgrade-request.ts";

/** Clients of the vendor's API and of its resellers send many more: `temperature`, `intent`, `api-version`. */
export function unfollowedIn(query: URLSearchParams): string[] {
  const unknown = [...new Set(query.keys())].filter((name) => !parameters.includes(name));
  return unknown.slice(0, 10).map((name) => name.slice(0, 60));
}
