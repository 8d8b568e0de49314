#include "upstream/upstream_url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/scheme.hpp>
#include <boost/url/url_view.hpp>

namespace portcullis::bff {

void complete(UpstreamTarget& target) {
  const bool v6 = target.host.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + target.host + "]" : target.host;
  const bool usual = target.port == (target.tls ? 443 : 80);
  const std::string port = std::to_string(target.port);
  target.authority = usual ? host : host + ":" + port;
  target.pool_key = (target.tls ? "https://" : "http://") + host + ":" + port;
  if (!target.tls) return;
  // A connection that was not verified, or was verified against other authorities or another name,
  // must not serve a caller with stricter requirements.
  if (!target.verify_tls) target.pool_key += "#unverified";
  if (!target.server_name.empty()) target.pool_key += "#" + target.server_name;
  if (!target.ca_id.empty()) target.pool_key += "#" + target.ca_id;
}

std::optional<Origin> parse_origin(std::string_view text) {
  const auto parsed = parse_upstream_url("", text);
  const auto* target = std::get_if<UpstreamTarget>(&parsed);
  if (target == nullptr || !target->base_path.empty() || text.ends_with('/')) return std::nullopt;
  return Origin{target->tls, target->authority};
}

std::variant<UpstreamTarget, std::string> parse_upstream_url(std::string_view name,
                                                             std::string_view url) {
  const auto parsed = boost::urls::parse_absolute_uri(url);
  if (parsed.has_error()) return std::string("not a URL like http://host:port");
  const boost::urls::url_view& view = *parsed;
  UpstreamTarget target;
  target.name = name;
  if (view.scheme_id() == boost::urls::scheme::https) {
    target.tls = true;
  } else if (view.scheme_id() != boost::urls::scheme::http) {
    return std::string("the scheme must be http or https");
  }
  if (view.has_userinfo()) return std::string("a URL must not hold user or password");
  if (view.has_query()) return std::string("an upstream's URL must not have a query");
  if (!view.has_authority() || view.encoded_host().empty())
    return std::string("the host is missing");
  if (view.host_type() == boost::urls::host_type::ipvfuture) {
    return std::string("the host must be a name or an IP address");
  }
  target.host = std::string(view.host_address());
  for (const char c : target.host) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '.' || c == '_' || c == ':';
    if (!fine) return std::string("the host must be a name or an IP address");
  }
  target.port = target.tls ? 443 : 80;
  if (view.has_port() && !view.port().empty()) {
    target.port = view.port_number();
    if (target.port == 0) return std::string("the port must be between 1 and 65535");
  }
  std::string path(view.encoded_path());
  while (!path.empty() && path.back() == '/') path.pop_back();
  if (path.find('%') != std::string::npos || path.find("//") != std::string::npos ||
      (path + "/").find("/../") != std::string::npos ||
      (path + "/").find("/./") != std::string::npos) {
    return std::string("the path must be plain: no percent-encoding, empty or dot segments");
  }
  target.base_path = std::move(path);
  complete(target);
  return target;
}

}  // namespace portcullis::bff
