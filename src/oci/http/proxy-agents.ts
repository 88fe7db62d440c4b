// Part by part: the whole of undici brings fetch along, its own and then Node's, which is 50 ms at the start of a push or pull.
import api from 'undici/lib/api/index.js';
import buildConnector from 'undici/lib/core/connect.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
import Socks5ProxyAgent from 'undici/lib/dispatcher/socks5-proxy-agent.js';

// As the whole of undici does it when it is loaded.
Object.assign(Dispatcher.prototype, api);

export { buildConnector, EnvHttpProxyAgent, ProxyAgent, Socks5ProxyAgent };
