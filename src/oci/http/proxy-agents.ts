// This file exists because transport.ts imports undici dynamically, and a bundle provides no named exports for a dynamically imported
// CommonJS package.
export { buildConnector, EnvHttpProxyAgent, ProxyAgent, Socks5ProxyAgent } from 'undici';
