const LARGEST = 4_096;

/** The version that a neighbouring service reports, or in words why it is not known. The page works either way. */
export async function versionOf(base) {
  if (!base) return 'not connected';
  try {
    const url = new URL('/api/version', base);
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(2_000) });
    if (!response.ok) return `unknown (answered ${response.status})`;
    const { version } = JSON.parse(await readSmall(response));
    return typeof version === 'string' ? version : 'unknown (no version in the answer)';
  } catch {
    return 'unknown (not reachable)';
  }
}

async function readSmall(response) {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LARGEST) throw new Error('the answer is too long');
  }
  return text;
}
