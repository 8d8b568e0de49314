// Requests for tests, parsed from text as the connection does. Owns an exact-size copy of the
// bytes, so that sanitizers detect reads beyond them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/head_parser.hpp"
#include "http/head_scanner.hpp"

namespace portcullis::bff::testing {

struct ParsedRequest {
  std::unique_ptr<char[]> bytes;
  Request request;
  Code code = Code::kAllowed;
};

/// `text` with CRLF for "\n".
inline std::string crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

/// Feeds raw bytes in pieces of `step`.
inline ParsedRequest parse_raw(std::string_view raw, std::size_t step = 1 << 20) {
  ParsedRequest out;
  out.bytes = std::make_unique<char[]>(raw.size());
  raw.copy(out.bytes.get(), raw.size());
  HeadScanner scanner;
  auto result = HeadScanner::Result::kMore;
  for (std::size_t n = std::min(step, raw.size()); result == HeadScanner::Result::kMore;
       n = std::min(n + step, raw.size())) {
    result = scanner.scan({out.bytes.get(), n});
    if (n == raw.size()) break;
  }
  if (result == HeadScanner::Result::kRefused) {
    out.code = scanner.why();
  } else if (result == HeadScanner::Result::kMore) {
    out.code = Code::kRequestTimeout;  // the answer to a client that stops here
  } else {
    out.code = parse_head({out.bytes.get() + scanner.begin(), scanner.end() - scanner.begin()},
                          out.request)
                   .code;
  }
  return out;
}

/// A well-formed request: "GET /a HTTP/1.1" and header lines, separated by "\n".
inline ParsedRequest parse_text(std::string_view lines) {
  return parse_raw(crlf(lines) + "\r\n\r\n");
}

}  // namespace portcullis::bff::testing
