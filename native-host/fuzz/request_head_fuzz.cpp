// Arbitrary bytes as a request: the scanner finds the same end in any chunking, accepted heads
// equal Boost.Beast's, and additional rejections are those a gateway must make.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "beast_head.hpp"
#include "http/cookies.hpp"
#include "http/head_parser.hpp"
#include "http/head_scanner.hpp"
#include "require.hpp"

using namespace portcullis;
using namespace portcullis::bff;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  HeadScanner whole;
  const auto result = whole.scan(bytes);
  HeadScanner pieces;
  auto last = HeadScanner::Result::kMore;
  for (std::size_t n = 1; n <= size && last == HeadScanner::Result::kMore; ++n) {
    last = pieces.scan(bytes.substr(0, n));
  }
  if (size > 0) require(last == result);
  if (result != HeadScanner::Result::kComplete) return 0;
  require(whole.begin() == pieces.begin() && whole.end() == pieces.end());

  const std::string_view head = bytes.substr(whole.begin(), whole.end() - whole.begin());
  Request request;
  const HeadProblem problem = parse_head(head, request, false);
  bff::testing::BeastHead reference;
  const bool by_beast = reference.read(head);
  if (problem.code != Code::kAllowed) {
    require(!by_beast || bff::testing::refused_only_here(problem));
    return 0;
  }
  require(by_beast);
  require(request.method == reference.method && request.version == reference.version);
  require(request.fields.size() == reference.fields.size());
  for (std::size_t i = 0; i < request.fields.size(); ++i) {
    require(request.fields[i].name == reference.fields[i].first);
    require(request.fields[i].value == reference.fields[i].second);
  }
  require(request.chunked == reference.chunked());
  const auto length = reference.content_length();
  require(request.content_length.has_value() == length.has_value());
  if (length) require(*request.content_length == *length);
  // A session id is part of a Cookie field, never invented.
  if (const auto id = session_cookie(request)) require(head.find(*id) != head.npos);
  return 0;
}
