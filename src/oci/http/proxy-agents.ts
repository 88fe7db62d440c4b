// A file of its own because transport.ts loads it when it is first needed, and a bundle has no named exports of a CommonJS package that is
// imported dynamically.
export { buildConnector, EnvHttpProxyAgent, ProxyAgent, Socks5ProxyAgent } from 'undici';
