import { request } from 'node:https';

/** What a customer of a demo sends. @returns the status of the answer */
export async function postJson(url: string, ca: string, body: unknown): Promise<number> {
  return await new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method: 'POST', ca, headers: { 'content-type': 'application/json' } },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(body));
  });
}
