// A task of the plainest kind, for the bench to drive: signs in, sends the swap, reads the operation every 200 ms.
const input = (name) => process.env[`INPUT_${name.toUpperCase()}`];
const connection = input('ConnectedServiceName');
const { parameters } = JSON.parse(process.env[`ENDPOINT_AUTH_${connection}`]);
const data = (name) => process.env[`ENDPOINT_DATA_${connection}_${name.toUpperCase()}`];
const arm = process.env[`ENDPOINT_URL_${connection}`];

async function main() {
  const signIn = await fetch(`${data('environmentAuthorityUrl')}${parameters.tenantid}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: parameters.serviceprincipalid,
      client_secret: parameters.serviceprincipalkey,
      resource: data('activeDirectoryServiceEndpointResourceId'),
    }),
  });
  const headers = {
    authorization: `Bearer ${(await signIn.json()).access_token}`,
    'content-type': 'application/json',
  };
  const site = `${arm}subscriptions/${data('subscriptionid')}/resourceGroups/${input('ResourceGroupName')}/providers/Microsoft.Web/sites/${input('WebAppName')}`;
  const body = JSON.stringify({ targetSlot: input('TargetSlot'), preserveVnet: input('PreserveVnet') === 'true' });
  let answer = await fetch(`${site}/slots/${input('SourceSlot')}/slotsswap?api-version=2025-05-01`, {
    method: 'POST',
    headers,
    body,
  });
  while (answer.status === 202) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    answer = await fetch(answer.headers.get('location'), { headers });
  }
  process.stdout.write(
    `##vso[task.complete result=${answer.status === 200 ? 'Succeeded' : 'Failed'};]${input('Note') ?? ''}` + '\n',
  );
}

void main();
