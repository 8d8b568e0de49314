#include "http/head_parser.hpp"

#include <algorithm>
#include <array>

#include "base/host_name.hpp"
#include "portcullis/canonical_path.hpp"

namespace portcullis::bff {

namespace {

constexpr std::array<bool, 256> kTokenChars = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) table[c] = is_token_char(static_cast<char>(c));
  return table;
}();

/// How many characters of a token `text` begins with.
std::size_t token_size(std::string_view text) noexcept {
  std::size_t n = 0;
  while (n < text.size() && kTokenChars[static_cast<unsigned char>(text[n])]) ++n;
  return n;
}

/// A list of tokens, some of them maybe empty (RFC 9110, 5.6.1).
bool is_token_list(std::string_view list) noexcept {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view element = trim_ows(list.substr(0, comma));
    if (token_size(element) != element.size()) return false;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return true;
}

constexpr HeadProblem malformed{Code::kBadRequest, "the head is malformed"};

/// Of a target that has a character that none may have. When a version stands behind it, the
/// canonical path's own reason is the better answer. `rest`: from the target on.
Code reason_of_target(std::string_view rest) {
  const std::string_view line = rest.substr(0, rest.find('\r'));
  const std::size_t last = line.rfind(' ');
  if (last == std::string_view::npos) return Code::kAllowed;
  const std::string_view target = line.substr(0, last);
  if (target.empty() || target.find_first_of(" \t") != std::string_view::npos) {
    return Code::kAllowed;
  }
  CanonicalPath ignored;
  return canonicalize(target, ignored);
}

/// Reads the lines of a head that HeadScanner let through (RFC 9112, 3 and 5), and refuses what is
/// ambiguous.
class HeadReader {
 public:
  HeadReader(std::string_view head, Request& out) : rest_(head), out_(out) {}

  HeadProblem read() {
    if (const HeadProblem problem = request_line(); problem.code != Code::kAllowed) return problem;
    while (!rest_.starts_with("\r\n")) {
      if (const HeadProblem problem = field(); problem.code != Code::kAllowed) return problem;
    }
    out_.keep_alive = !close_ && (out_.version >= 11 || keep_);
    return rest_.size() == 2 ? HeadProblem{} : malformed;
  }

 private:
  static HeadProblem refuse(std::string_view detail) { return {Code::kBadRequest, detail}; }

  HeadProblem request_line() {
    const std::size_t method = token_size(rest_);
    if (method == 0 || method == rest_.size() || rest_[method] != ' ') return malformed;
    out_.method = rest_.substr(0, method);
    rest_.remove_prefix(method + 1);
    const std::size_t target = std::min(rest_.find(' '), rest_.find('\r'));
    out_.target = rest_.substr(0, target);
    if (target == 0 || target >= rest_.size() || rest_[target] != ' ' ||
        until_control(out_.target) != target) {
      const Code why = reason_of_target(rest_);
      return why == Code::kAllowed ? malformed
                                   : HeadProblem{why, "the request target is malformed"};
    }
    rest_.remove_prefix(target + 1);
    // "HTTP/" DIGIT "." DIGIT CRLF
    if (!rest_.starts_with("HTTP/") || rest_.size() < 10 || !is_digit(rest_[5]) ||
        rest_[6] != '.' || !is_digit(rest_[7]) || rest_.substr(8, 2) != "\r\n") {
      return malformed;
    }
    out_.version = (rest_[5] - '0') * 10 + (rest_[7] - '0');
    if (out_.version != 10 && out_.version != 11) {
      return {Code::kHttpVersionUnsupported, "an HTTP version other than 1.0 and 1.1"};
    }
    rest_.remove_prefix(10);
    return {};
  }

  HeadProblem field() {
    const std::size_t name = token_size(rest_);
    if (name == 0 || name == rest_.size() || rest_[name] != ':') return malformed;
    std::size_t end = name + 1;
    for (;;) {
      end += until_control(rest_.substr(end));
      if (end == rest_.size() || rest_[end] != '\t') break;
      ++end;
    }
    if (rest_.substr(end, 2) != "\r\n") return malformed;
    const HeaderField field{rest_.substr(0, name),
                            trim_ows(rest_.substr(name + 1, end - name - 1))};
    rest_.remove_prefix(end + 2);
    out_.fields.push_back(field);
    return meaning_of(field);
  }

  /// What the fields say that the connection itself has to know.
  HeadProblem meaning_of(const HeaderField& field) {
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
        if (is("proxy-connection") && !is_token_list(field.value)) return malformed;
        break;
      case 17:
        if (is("transfer-encoding")) return transfer_encoding(field.value);
        break;
      default:
        break;
    }
    return {};
  }

  HeadProblem host(std::string_view value) {
    if (has_host_) return {Code::kHostInvalid, "two Host fields"};
    has_host_ = true;
    out_.host = value;
    return {};
  }

  /// RFC 9110, 10.1.1: a list. HTTP/1.0 has none.
  HeadProblem expect(std::string_view value) {
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

  HeadProblem connection(std::string_view value) {
    if (!is_token_list(value)) return malformed;
    each_list_element(value, [this](std::string_view token) {
      close_ = close_ || iequals(token, "close");
      keep_ = keep_ || iequals(token, "keep-alive");
    });
    return {};
  }

  HeadProblem content_length(std::string_view value) {
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

  HeadProblem transfer_encoding(std::string_view value) {
    if (out_.chunked || out_.content_length) return refuse("ambiguous framing of the body");
    if (out_.version < 11) return refuse("Transfer-Encoding in HTTP/1.0");
    if (iequals(value, "chunked")) {
      out_.chunked = true;
      return {};
    }
    // RFC 9112, 6.1: a coding that is not known is 501. Where chunked is not the last one, nobody
    // can tell where the body ends (6.3), and chunked twice is nothing at all (7.1): 400.
    const std::size_t comma = value.rfind(',');
    const bool framed =
        comma != value.npos && iequals(trim_ows(value.substr(comma + 1)), "chunked");
    bool others = false;
    bool proper = framed;
    if (framed) {
      each_list_element(value.substr(0, comma), [&](std::string_view coding) {
        others = true;
        proper = proper && token_size(coding) == coding.size() && !iequals(coding, "chunked");
      });
    }
    return others && proper ? HeadProblem{Code::kTransferCodingUnsupported,
                                          "a Transfer-Encoding besides chunked"}
                            : refuse("a Transfer-Encoding other than chunked");
  }

  std::string_view rest_;
  Request& out_;
  bool has_host_ = false;
  bool close_ = false;
  bool keep_ = false;
};

/// Of an authority that normalize_host() takes; as a number is read, so that 080 is 80.
std::string_view port_of(std::string_view authority, std::string_view standard) {
  const std::size_t colon = authority.rfind(':');
  if (colon == authority.npos || authority.find(']', colon) != authority.npos) return standard;
  std::string_view port = authority.substr(colon + 1);
  while (port.size() > 1 && port.front() == '0') port.remove_prefix(1);
  return port;
}

/// RFC 9112, 3.2.2. A client has to send the same authority as Host; where the two differ, what is
/// in front of us may have routed by the other one.
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
  // A Host without a port means the one of the target's scheme.
  const std::string_view standard = scheme.size() == 5 ? "443" : "80";
  if (port_of(authority, standard) != port_of(out.host, standard)) {
    return {Code::kHostInvalid, "the target's port is not the Host's"};
  }
  out.target = path == std::string_view::npos ? std::string_view("/") : rest.substr(path);
  if (out.target.front() == '?') return {Code::kPathNotAbsolute, "a target without a path"};
  return {};
}

}  // namespace

HeadProblem parse_head(std::string_view head, Request& out, bool need_host) {
  out.method = out.target = out.host = {};
  out.version = 11;
  out.fields.clear();
  out.host_name.clear();
  out.content_length.reset();
  out.chunked = out.expect_continue = false;
  out.keep_alive = false;

  const HeadProblem problem = HeadReader(head, out).read();
  if (problem.code != Code::kAllowed) return problem;
  if (need_host) {
    auto name = normalize_host(out.host);
    if (!name) return {Code::kHostInvalid, "Host is absent or malformed"};
    out.host_name = std::move(*name);
  }
  if (!out.target.empty() && out.target.front() != '/' && out.target != "*") {
    return split_absolute_form(out);
  }
  return {};
}

}  // namespace portcullis::bff
