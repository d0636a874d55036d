import { json, type Reply } from '../server/reply.ts';

interface Location {
  readonly id: string;
  readonly resourceName: string;
  readonly routeTemplate: string;
}

const PULL_REQUEST = '{project}/_apis/{area}/repositories/{repositoryId}/pullRequests/{pullRequestId}';

/** Where a client of the REST interface learns its addresses: one row a resource, found by its id. */
const LOCATIONS: Record<string, readonly Location[]> = {
  location: [
    {
      id: 'e81700f7-3be2-46de-8624-2eb35882fcaa',
      resourceName: 'ResourceAreas',
      routeTemplate: '_apis/{resource}/{areaId}',
    },
  ],
  distributedtask: [
    {
      id: 'eb55e5d6-2f30-4295-b5ed-38da50b1fc52',
      resourceName: 'attachments',
      routeTemplate: '{scopeIdentifier}/_apis/{area}/hubs/{hubName}/plans/{planId}/{resource}/{type}',
    },
    {
      id: '7898f959-9cdf-4096-b29e-7f293031629e',
      resourceName: 'attachments',
      routeTemplate:
        '{scopeIdentifier}/_apis/{area}/hubs/{hubName}/plans/{planId}/timelines/{timelineId}/records/{recordId}/{resource}/{type}/{name}',
    },
    {
      id: '69a319f4-28c1-4bfd-93e6-ea0ff5c6f1a2',
      resourceName: 'oidctoken',
      routeTemplate: '{scopeIdentifier}/_apis/{area}/hubs/{hubName}/plans/{planId}/jobs/{jobId}/{resource}',
    },
  ],
  git: [
    {
      id: 'ab6e2e5d-a0b7-4153-b64a-a4efe0d49449',
      resourceName: 'pullRequestThreads',
      routeTemplate: `${PULL_REQUEST}/threads/{threadId}`,
    },
    {
      id: '965a3ec7-5ed8-455a-bdcb-835a5ea7fe7b',
      resourceName: 'pullRequestThreadComments',
      routeTemplate: `${PULL_REQUEST}/threads/{threadId}/comments/{commentId}`,
    },
    {
      id: 'd43911ee-6958-46b0-a42b-8445b8a0d004',
      resourceName: 'pullRequestIterations',
      routeTemplate: `${PULL_REQUEST}/iterations/{iterationId}`,
    },
    {
      id: 'b5f6bb4f-8d1e-4d79-8d11-4c9172c99c35',
      resourceName: 'pullRequestStatuses',
      routeTemplate: `${PULL_REQUEST}/statuses/{statusId}`,
    },
  ],
};

/** What `OPTIONS _apis/{area}` answers; an area that is not known here has no resources. */
export function locationsOf(area: string): Reply {
  const name = area.toLowerCase();
  const value = (LOCATIONS[name] ?? []).map((one) => ({
    ...one,
    area: name === 'location' ? 'Location' : name,
    resourceVersion: 1,
    minVersion: '1.0',
    maxVersion: '7.2',
    releasedVersion: '0.0',
  }));
  return json(200, { count: value.length, value });
}
