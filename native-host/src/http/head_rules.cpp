#include "http/head_rules.hpp"

#include <algorithm>
#include <utility>

#include "base/host_name.hpp"
#include "portcullis/canonical_path.hpp"

namespace portcullis::bff {

namespace {

bool is_token(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), is_token_char);
}

/// Whether this is a list of tokens; elements may be empty (RFC 9110, section 5.6.1).
bool is_token_list(std::string_view list) noexcept {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (!is_token(trim_ows(list.substr(0, comma)))) return false;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return true;
}

HeadProblem refuse(std::string_view detail) { return {Code::kBadRequest, detail}; }

/// The port of an authority that normalize_host() accepts, as a number without leading zeros (080
/// is 80).
std::string_view port_of(std::string_view authority, std::string_view standard) {
  const std::size_t colon = authority.rfind(':');
  if (colon == authority.npos || authority.find(']', colon) != authority.npos) return standard;
  std::string_view port = authority.substr(colon + 1);
  while (port.size() > 1 && port.front() == '0') port.remove_prefix(1);
  return port;
}

/// RFC 9112, section 3.2.2: the client must send the same authority as Host. If they differ, a
/// proxy in front may have routed by the other one.
HeadProblem split_absolute_form(Request& out) {
  const std::string_view target = out.target;
  const std::size_t scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos) return {};
  const std::string_view scheme = target.substr(0, scheme_end);
  if (!iequals(scheme, "http") && !iequals(scheme, "https")) return {};
  const std::string_view rest = target.substr(scheme_end + 3);
  const std::size_t path = rest.find_first_of("/?#");
  const std::string_view authority = rest.substr(0, path);
  const auto named = normalize_host(authority);
  if (!named || named != normalize_host(out.host)) {
    return {Code::kHostInvalid, "the target's authority is not the Host"};
  }
  // Without a port, Host means the default port of the target's scheme.
  const std::string_view standard = scheme.size() == 5 ? "443" : "80";
  if (port_of(authority, standard) != port_of(out.host, standard)) {
    return {Code::kHostInvalid, "the target's port is not the Host's"};
  }
  out.target = path == std::string_view::npos ? std::string_view("/") : rest.substr(path);
  if (out.target.front() == '?') return {Code::kPathNotAbsolute, "a target without a path"};
  return {};
}

}  // namespace

HeadRules::HeadRules(Request& out) : out_(out) {
  out.method = out.target = out.host = {};
  out.version = 11;
  out.fields.clear();
  out.host_name.clear();
  out.content_length.reset();
  out.chunked = out.expect_continue = false;
  out.keep_alive = false;
}

HeadProblem HeadRules::field(const HeaderField& field) {
  out_.fields.push_back(field);
  const auto is = [&](std::string_view name) { return iequals(field.name, name); };
  switch (field.name.size()) {
    case 4:
      if (is("host")) return host(field.value);
      break;
    case 6:
      if (is("expect")) return expect(field.value);
      break;
    case 10:
      if (is("connection")) return connection(field.value);
      break;
    case 14:
      if (is("content-length")) return content_length(field.value);
      break;
    case 16:
      if (is("proxy-connection") && !is_token_list(field.value)) return kMalformedHead;
      break;
    case 17:
      if (is("transfer-encoding")) return transfer_encoding(field.value);
      break;
    default:
      break;
  }
  return {};
}

HeadProblem HeadRules::finish(bool need_host) {
  out_.keep_alive = !close_ && (out_.version >= 11 || keep_);
  if (need_host) {
    auto name = normalize_host(out_.host);
    if (!name) return {Code::kHostInvalid, "Host is absent or malformed"};
    out_.host_name = std::move(*name);
  }
  if (!out_.target.empty() && out_.target.front() != '/' && out_.target != "*") {
    return split_absolute_form(out_);
  }
  return {};
}

HeadProblem HeadRules::host(std::string_view value) {
  if (has_host_) return {Code::kHostInvalid, "two Host fields"};
  has_host_ = true;
  out_.host = value;
  return {};
}

/// RFC 9110, section 10.1.1: a list; not in HTTP/1.0.
HeadProblem HeadRules::expect(std::string_view value) {
  if (out_.version < 11) return {};
  bool other = false;
  each_list_element(value, [&](std::string_view member) {
    const bool known = iequals(member, "100-continue");
    out_.expect_continue = out_.expect_continue || known;
    other = other || !known;
  });
  if (!other) return {};
  out_.expect_continue = false;
  return {Code::kExpectationFailed, "Expect knows 100-continue only"};
}

HeadProblem HeadRules::connection(std::string_view value) {
  if (!is_token_list(value)) return kMalformedHead;
  each_list_element(value, [this](std::string_view token) {
    close_ = close_ || iequals(token, "close");
    keep_ = keep_ || iequals(token, "keep-alive");
  });
  return {};
}

HeadProblem HeadRules::content_length(std::string_view value) {
  if (out_.chunked || out_.content_length) return refuse("ambiguous framing of the body");
  std::uint64_t length = 0;
  if (value.empty() || value.size() > 18) return refuse("a malformed Content-Length");
  for (const char c : value) {
    if (!is_digit(c)) return refuse("a malformed Content-Length");
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  out_.content_length = length;
  return {};
}

HeadProblem HeadRules::transfer_encoding(std::string_view value) {
  if (out_.chunked || out_.content_length) return refuse("ambiguous framing of the body");
  if (out_.version < 11) return refuse("Transfer-Encoding in HTTP/1.0");
  if (iequals(value, "chunked")) {
    out_.chunked = true;
    return {};
  }
  // RFC 9112, section 6.1: unknown codings are 501. If chunked is not the last one, the body's end
  // is unknown (6.3), and chunked twice is invalid (7.1): 400.
  const std::size_t comma = value.rfind(',');
  const bool framed = comma != value.npos && iequals(trim_ows(value.substr(comma + 1)), "chunked");
  bool others = false;
  bool proper = framed;
  if (framed) {
    each_list_element(value.substr(0, comma), [&](std::string_view coding) {
      others = true;
      proper = proper && is_token(coding) && !iequals(coding, "chunked");
    });
  }
  return others && proper
             ? HeadProblem{Code::kTransferCodingUnsupported, "a Transfer-Encoding besides chunked"}
             : refuse("a Transfer-Encoding other than chunked");
}

HeadProblem malformed_target(std::string_view rest) {
  const std::string_view line = rest.substr(0, rest.find('\r'));
  const std::size_t last = line.rfind(' ');
  if (last == std::string_view::npos) return kMalformedHead;
  const std::string_view target = line.substr(0, last);
  if (target.empty() || target.find_first_of(" \t") != std::string_view::npos) {
    return kMalformedHead;
  }
  CanonicalPath ignored;
  const Code why = canonicalize(target, ignored);
  if (why == Code::kAllowed) return kMalformedHead;
  return {why, "the request target is malformed"};
}

HeadProblem malformed_version(std::string_view rest) noexcept {
  // "HTTP/" DIGIT "." DIGIT CRLF
  const bool well_formed = rest.size() >= 10 && rest.starts_with("HTTP/") && is_digit(rest[5]) &&
                           rest[6] == '.' && is_digit(rest[7]) && rest.substr(8, 2) == "\r\n";
  if (!well_formed) return kMalformedHead;
  return {Code::kHttpVersionUnsupported, "an HTTP version other than 1.0 and 1.1"};
}

}  // namespace portcullis::bff
