#include "http/client_address.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/ip_address.hpp"

namespace portcullis::bff {

namespace {

constexpr std::string_view kXForwardedFor = "x-forwarded-for";
constexpr std::string_view kForwarded = "forwarded";

bool is_trusted(std::string_view address, const std::vector<Cidr>& trusted) {
  return std::any_of(trusted.begin(), trusted.end(),
                     [&](const Cidr& range) { return range.contains(address); });
}

/// Iterates over a list header from right to left, across all its lines: a quote that a client left
/// open must not swallow what a proxy appended.
class ElementsFromRight {
 public:
  ElementsFromRight(const Request& request, std::string_view name, bool quoted)
      : request_(request), name_(name), quoted_(quoted), line_(request.fields.size()) {}

  /// Skips empty elements (RFC 9110, section 5.6.1).
  std::optional<std::string_view> next() {
    for (;;) {
      if (!open_ && !previous_line()) return std::nullopt;
      const std::size_t comma = last_comma();
      const std::string_view element =
          trim_ows(comma == rest_.npos ? rest_ : rest_.substr(comma + 1));
      open_ = comma != rest_.npos;
      if (open_) rest_ = rest_.substr(0, comma);
      if (!element.empty()) return element;
    }
  }

 private:
  bool previous_line() {
    while (line_ > 0) {
      const HeaderField& field = request_.fields[--line_];
      if (!iequals(field.name, name_)) continue;
      rest_ = field.value;
      open_ = true;
      return true;
    }
    return false;
  }
  [[nodiscard]] std::size_t last_comma() const {
    bool inside = false;
    for (std::size_t i = rest_.size(); i-- > 0;) {
      if (quoted_ && rest_[i] == '"') {
        std::size_t slashes = 0;
        while (slashes < i && rest_[i - 1 - slashes] == '\\') ++slashes;
        if (slashes % 2 == 0) inside = !inside;
      }
      if (rest_[i] == ',' && !inside) return i;
    }
    return std::string_view::npos;
  }

  const Request& request_;
  const std::string_view name_;
  const bool quoted_;
  std::size_t line_;
  std::string_view rest_;
  bool open_ = false;
};

struct Hop {
  std::string_view node;   ///< as written
  std::string_view proto;  ///< may be quoted, or empty
};

/// Parses one forwarded-element (RFC 7239, section 4). Nullopt for a duplicate parameter.
std::optional<Hop> read_element(std::string_view element) {
  Hop hop;
  bool has_node = false;
  bool has_proto = false;
  while (!element.empty()) {
    std::size_t end = 0;
    for (bool quoted = false; end < element.size() && (quoted || element[end] != ';'); ++end) {
      if (quoted && element[end] == '\\') {
        ++end;
      } else if (element[end] == '"') {
        quoted = !quoted;
      }
    }
    const std::string_view pair = trim_ows(element.substr(0, end));
    element.remove_prefix(std::min(end + 1, element.size()));
    const std::size_t equals = pair.find('=');
    if (equals == pair.npos) continue;
    const std::string_view name = trim_ows(pair.substr(0, equals));
    const std::string_view value = trim_ows(pair.substr(equals + 1));
    if (iequals(name, "for")) {
      if (std::exchange(has_node, true)) return std::nullopt;
      hop.node = value;
    } else if (iequals(name, "proto")) {
      if (std::exchange(has_proto, true)) return std::nullopt;
      hop.proto = value;
    }
  }
  return has_node ? std::optional(hop) : std::nullopt;
}

std::string_view scheme_of(std::string_view text) {
  text = trim_ows(text);
  if (text.size() > 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  if (iequals(text, "https")) return "https";
  return iequals(text, "http") ? "http" : "";
}

/// The statement of one header.
struct Told {
  std::string ip;
  std::string_view scheme;  ///< "http", "https" or ""
  bool disputed = false;
};

Told by_x_forwarded(const Request& request, std::string_view peer,
                    const std::vector<Cidr>& trusted) {
  Told told{std::string(peer), scheme_of(request.single("x-forwarded-proto").value_or("")), false};
  ElementsFromRight hops(request, kXForwardedFor, false);
  while (const auto hop = hops.next()) {
    auto address = parse_forwarded_node(*hop);
    if (!address) break;
    told.ip = std::move(*address);
    if (!is_trusted(told.ip, trusted)) break;
  }
  return told;
}

/// Takes the scheme from the element that names the client: the proxy's statement about the
/// client's own connection.
Told by_forwarded(const Request& request, std::string_view peer, const std::vector<Cidr>& trusted) {
  Told told{std::string(peer), {}, false};
  ElementsFromRight elements(request, kForwarded, true);
  while (const auto element = elements.next()) {
    const auto hop = read_element(*element);
    if (!hop) break;
    told.scheme = scheme_of(hop->proto);
    auto address = parse_forwarded_node(hop->node);
    if (!address) break;
    told.ip = std::move(*address);
    if (!is_trusted(told.ip, trusted)) break;
  }
  return told;
}

/// Evaluates both headers, one of which may come from a client.
Told by_either(const Request& request, std::string_view peer, const std::vector<Cidr>& trusted) {
  const bool has_forwarded = request.count(kForwarded) > 0;
  const bool has_x = request.count(kXForwardedFor) > 0;
  Told x = by_x_forwarded(request, peer, trusted);
  if (!has_forwarded) return x;
  Told told = by_forwarded(request, peer, trusted);
  told.disputed = has_x && told.ip != x.ip;
  if (told.disputed) told.ip = peer;
  if (told.scheme.empty()) {
    told.scheme = x.scheme;
  } else if (!x.scheme.empty() && x.scheme != told.scheme) {
    told.scheme = {};
  }
  return told;
}

}  // namespace

ClientAddress client_address(const Request& request, std::string_view peer,
                             const std::vector<Cidr>& trusted, ForwardedHeader which) {
  ClientAddress out{std::string(peer), "http", false, false};
  if (trusted.empty() || !is_trusted(peer, trusted)) return out;
  Told told = which == ForwardedHeader::kXForwardedFor ? by_x_forwarded(request, peer, trusted)
              : which == ForwardedHeader::kForwarded   ? by_forwarded(request, peer, trusted)
                                                       : by_either(request, peer, trusted);
  out.ip = std::move(told.ip);
  out.disputed = told.disputed;
  out.scheme_known = !told.scheme.empty();
  if (out.scheme_known) out.scheme = told.scheme;
  return out;
}

}  // namespace portcullis::bff
