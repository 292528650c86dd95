/** What to try when a connection fails, by what the system and OpenSSL call it. */
import type { Endpoint } from './endpoint.ts';

/** `code` is the error's; empty when it has none. */
export function hintFor(endpoint: Endpoint, code: string, message: string): string {
  if (code === 'ECONNREFUSED') {
    return 'start the replica, or name the right admin port with --endpoints (npm start prints them)';
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'look at the host name in --endpoints';
  if (code === 'CERT_HAS_EXPIRED')
    return 'give that replica a new certificate: it reads the file again by itself';
  if (code.includes('ALTNAME')) {
    return 'name it in --endpoints by a name or an address that stands in its certificate';
  }
  if (/CERT|SELF_SIGNED|VERIFY|ISSUER/.test(code)) {
    return 'name the authority of the certificates with --tls-ca-file';
  }
  if (/SSL|EPROTO|ECONNRESET|HPE_/.test(code) || message.includes('socket hang up')) {
    const isSecure = endpoint.startsWith('https:');
    return isSecure
      ? 'look whether it is an admin port (9379 and up by default) that speaks TLS: without TLS the endpoint begins with http://'
      : 'look whether it is an admin port (9379 and up by default), and without TLS: with TLS the endpoint begins with https://';
  }
  return 'look whether that machine can be reached from here';
}
