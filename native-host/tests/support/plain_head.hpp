// A second reader of a request head's grammar (RFC 9112, 3 and 5), written by hand: what the tests
// and the fuzzer hold the server's against, and what `npm run bench:bff -- heads` times beside it
// (ADR 0016).
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "http/head_rules.hpp"

namespace portcullis::bff::testing {

/// Has the contract of parse_head(), but for parts of heads: of these it gives every whole field.
class PlainHead {
 public:
  PlainHead(std::string_view head, Request& out) : rest_(head), out_(out), rules_(out) {}

  HeadProblem read(bool need_host) {
    if (const HeadProblem problem = request_line(); problem.code != Code::kAllowed) return problem;
    while (!rest_.starts_with("\r\n")) {
      if (const HeadProblem problem = field(); problem.code != Code::kAllowed) return problem;
    }
    return rest_.size() == 2 ? rules_.finish(need_host) : kMalformedHead;
  }

 private:
  static constexpr std::array<bool, 256> kTokenChars = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < table.size(); ++c) table[c] = is_token_char(static_cast<char>(c));
    return table;
  }();

  /// How many characters of a token `text` begins with.
  static std::size_t token_size(std::string_view text) noexcept {
    std::size_t n = 0;
    while (n < text.size() && kTokenChars[static_cast<unsigned char>(text[n])]) ++n;
    return n;
  }

  HeadProblem request_line() {
    const std::size_t method = token_size(rest_);
    if (method == 0 || method == rest_.size() || rest_[method] != ' ') return kMalformedHead;
    out_.method = rest_.substr(0, method);
    rest_.remove_prefix(method + 1);
    const std::size_t target = std::min(rest_.find(' '), rest_.find('\r'));
    out_.target = rest_.substr(0, target);
    if (target == 0 || target >= rest_.size() || rest_[target] != ' ' ||
        until_control(out_.target) != target) {
      return malformed_target(rest_);
    }
    rest_.remove_prefix(target + 1);
    if (!rest_.starts_with("HTTP/1.") || rest_.size() < 10 || (rest_[7] | 1) != '1' ||
        rest_.substr(8, 2) != "\r\n") {
      return malformed_version(rest_);
    }
    out_.version = 10 + (rest_[7] - '0');
    rest_.remove_prefix(10);
    return {};
  }

  HeadProblem field() {
    const std::size_t name = token_size(rest_);
    if (name == 0 || name == rest_.size() || rest_[name] != ':') return kMalformedHead;
    std::size_t end = name + 1;
    for (;;) {
      end += until_control(rest_.substr(end));
      if (end == rest_.size() || rest_[end] != '\t') break;
      ++end;
    }
    if (rest_.substr(end, 2) != "\r\n") return kMalformedHead;
    const HeaderField field{rest_.substr(0, name),
                            trim_ows(rest_.substr(name + 1, end - name - 1))};
    rest_.remove_prefix(end + 2);
    return rules_.field(field);
  }

  std::string_view rest_;
  Request& out_;
  HeadRules rules_;
};

/// Whether two readings of a head say the same.
inline bool same_request(const Request& a, const Request& b) {
  const auto same_field = [](const HeaderField& left, const HeaderField& right) {
    return left.name == right.name && left.value == right.value;
  };
  return a.method == b.method && a.target == b.target && a.host == b.host &&
         a.host_name == b.host_name && a.version == b.version &&
         std::equal(a.fields.begin(), a.fields.end(), b.fields.begin(), b.fields.end(),
                    same_field) &&
         a.content_length == b.content_length && a.chunked == b.chunked &&
         a.expect_continue == b.expect_continue && a.keep_alive == b.keep_alive;
}

}  // namespace portcullis::bff::testing
