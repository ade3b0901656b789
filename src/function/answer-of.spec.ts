import { answerOf } from './answer-of';
import { type HttpEvent } from './events';

const HTTP_API = { version: '2.0', requestContext: { stage: '$default' } } as HttpEvent;
const REST_API = { multiValueHeaders: {}, requestContext: { stage: 'prod' } } as HttpEvent;
const BALANCER = { requestContext: { elb: {} } } as HttpEvent;

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0x00]);

describe.each([
  ['an image', ['Content-Type', 'image/png']],
  ['compressed text', ['Content-Type', 'text/css', 'Content-Encoding', 'gzip']],
  ['an unknown type', []],
])('a body that is %s', (_what, headers) => {
  it('is sent in base64', () => {
    const answer = answerOf(HTTP_API, { status: 200, headers, body: PNG });
    expect(answer).toMatchObject({ isBase64Encoded: true, body: PNG.toString('base64') });
  });
});

it.each([
  'application/json; charset=utf-8',
  'application/problem+json',
  'application/x-ndjson',
  'text/html',
  'image/svg+xml',
])('sends %s as text', (type) => {
  const answer = answerOf(HTTP_API, {
    status: 200,
    headers: ['Content-Type', type],
    body: Buffer.from('ä'),
  });
  expect(answer).toMatchObject({ isBase64Encoded: false, body: 'ä' });
});

it('keeps every value of a header, in the form that the gateway takes', () => {
  const headers = ['Vary', 'Accept', 'vary', 'Origin', 'Connection', 'close'];
  const response = { status: 204, headers, body: Buffer.alloc(0) };
  expect(answerOf(REST_API, response).multiValueHeaders).toEqual({ vary: ['Accept', 'Origin'] });
  expect(answerOf(HTTP_API, response).headers).toEqual({ vary: 'Accept, Origin' });
  expect(answerOf(BALANCER, response)).toEqual({
    statusCode: 204,
    statusDescription: '204 No Content',
    headers: { vary: 'Accept, Origin' },
    body: '',
    isBase64Encoded: false,
  });
});
