#include "enforce/stages.hpp"

namespace portcullis::bff::enforce {

namespace {

/// A browser's handshake (RFC 6455, 4.1). A proxy in front that was not told to pass Upgrade on
/// leaves the Sec-WebSocket fields, which nothing else sends. HTTP/1.0 knows no Upgrade (RFC 9110,
/// 7.8).
bool is_websocket(const Request& request) {
  if (request.count("sec-websocket-key") > 0) return true;
  if (request.version < 11) return false;
  bool named = false;
  for (const HeaderField& field : request.fields) {
    if (!iequals(field.name, "upgrade")) continue;
    each_list_element(field.value, [&](std::string_view protocol) {
      named = named || iequals(protocol.substr(0, protocol.find('/')), "websocket");
    });
  }
  return named;
}

}  // namespace

/// Another Upgrade (h2c, TLS) is left unheeded, as RFC 9110, 7.8 wants it. A WebSocket that got an
/// ordinary answer would fail without a word. Says the same on every path.
Code upgrade(const Request& request, const Grounds&, Judgement& judgement) {
  if (!is_websocket(request)) return Code::kAllowed;
  judgement.detail =
      "WebSocket is not supported: subscribe to an event stream (kind: sse) and send with POST; "
      "docs/configuration.md says more under routes.yaml";
  return Code::kUpgradeUnsupported;
}

}  // namespace portcullis::bff::enforce
