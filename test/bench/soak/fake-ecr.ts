import type { IncomingMessage, ServerResponse } from 'node:http';

/** Whether AWS answers, is reached but says nothing, or cannot be reached. */
export type AwsState = 'up' | 'silent' | 'down';

const PREFIX = 'AmazonEC2ContainerRegistry_V20150921.';
const TWELVE_HOURS_S = 43_200;

/** Answers the two calls of ECR's API that the function makes, or does not, as `state` says at the time. */
export function fakeEcr(state: () => AwsState): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    request.resume();
    if (state() === 'down') return void request.socket.destroy();
    if (state() === 'silent') return;
    const target = String(request.headers['x-amz-target']).replace(PREFIX, '');
    const answer = target === 'GetAuthorizationToken' ? login() : { imageDetails: [] };
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
  };
}

function login() {
  const authorizationToken = Buffer.from('AWS:password').toString('base64');
  return { authorizationData: [{ authorizationToken, expiresAt: Date.now() / 1_000 + TWELVE_HOURS_S }] };
}
