// Arbitrary bytes as a request: the scanner finds the same end in any chunking, and the server's
// parse of the head (Beast and the gateway's rules) equals that of a second parser.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/cookies.hpp"
#include "http/head_parser.hpp"
#include "http/head_scanner.hpp"
#include "plain_head.hpp"
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
  Request expected;
  const HeadProblem problem = parse_head(head, request, false);
  const HeadProblem reference = bff::testing::PlainHead(head, expected).read(false);
  require(problem.code == reference.code);
  require(request.method == expected.method && request.target == expected.target);
  if (problem.code != Code::kAllowed) return 0;
  require(bff::testing::same_request(request, expected));
  // A session's id is a part of a Cookie field, never made up.
  if (const auto id = session_cookie(request)) require(head.find(*id) != head.npos);
  return 0;
}
