#include "upstream/upstream_url.hpp"

#include <algorithm>
#include <boost/asio/ip/address_v6.hpp>
#include <charconv>

#include "base/ascii.hpp"

namespace portcullis::bff {

namespace {

const std::string kNotAUrl = "not a URL like http://host:port";
const std::string kBadHost = "the host must be a name or an IP address";

/// RFC 3986, 2: a fragment's '#' is left out, and '%' stands before two hexadecimal digits.
bool is_url_text(std::string_view text) {
  constexpr std::string_view kMarks = "-._~:/?@!$&'()*+,;=[]";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) {
        return false;
      }
    } else if (!is_alpha(c) && !is_digit(c) && kMarks.find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool is_scheme(std::string_view text) {
  return !text.empty() && is_alpha(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
         });
}

/// Reads "host[:port]" into the target, whose scheme is known. What is wrong with it, or "".
std::string read_authority(std::string_view text, UpstreamTarget& target) {
  const bool literal = text.starts_with('[');
  const std::size_t end = literal ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == std::string_view::npos) return kNotAUrl;
  target.host = std::string(literal ? text.substr(1, end - 1) : text.substr(0, end));
  std::string_view port = text.substr(literal ? end + 1 : end);
  if (!port.empty() && port.front() != ':') return kNotAUrl;
  if (!port.empty()) port.remove_prefix(1);
  if (!std::all_of(port.begin(), port.end(), is_digit)) return kNotAUrl;
  if (target.host.empty()) return literal ? kNotAUrl : "it has no host";
  // Without '%': a zone names an interface of one machine.
  const bool fine = std::all_of(target.host.begin(), target.host.end(), [literal](char c) {
    return is_alpha(c) || is_digit(c) || c == '.' || (literal ? c == ':' : c == '-' || c == '_');
  });
  if (!fine) return kBadHost;
  if (literal) {
    boost::system::error_code error;
    (void)boost::asio::ip::make_address_v6(target.host, error);
    if (error) return kBadHost;
  }
  target.port = target.tls ? 443 : 80;
  if (port.empty()) return {};
  const auto read = std::from_chars(port.data(), port.data() + port.size(), target.port);
  if (read.ec != std::errc{} || target.port == 0) return "the port must be between 1 and 65535";
  return {};
}

}  // namespace

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
  const std::string_view scheme = url.substr(0, url.find(':'));
  if (scheme.size() == url.size() || !is_scheme(scheme)) return kNotAUrl;
  std::string_view rest = url.substr(scheme.size() + 1);
  if (!is_url_text(rest)) return kNotAUrl;
  UpstreamTarget target;
  target.name = name;
  target.tls = iequals(scheme, "https");
  if (!target.tls && !iequals(scheme, "http")) return "the scheme must be http or https";
  const bool has_authority = rest.starts_with("//");
  if (has_authority) rest.remove_prefix(2);
  const std::string_view authority =
      has_authority ? rest.substr(0, rest.find_first_of("/?")) : std::string_view();
  if (authority.find('@') != std::string_view::npos) {
    return "a URL must not hold user or password";
  }
  if (rest.find('?') != std::string_view::npos) {
    return "an upstream's URL must not have a query";
  }
  if (!has_authority) return "the host is missing";
  if (std::string problem = read_authority(authority, target); !problem.empty()) return problem;
  std::string path(rest.substr(authority.size()));
  if (path.find_first_of("[]") != std::string::npos) return kNotAUrl;
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
