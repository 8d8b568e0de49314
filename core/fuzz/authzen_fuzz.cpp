// Arbitrary bytes as a PDP's reply: no crash, one answer per request, and no permit that the reply
// does not state. The first two bytes are the number of requests and the status.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "portcullis/authzen.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace portcullis;
  if (size < 2) return 0;
  const std::size_t requests = data[0] % 9;
  const int status = data[1] == 'x' ? 403 : 200;
  const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);

  Code why = Code::kInternal;
  const std::vector<bool> answers = apply_reply(requests, status, body, &why);
  require(answers.size() == requests);
  const bool any =
      std::any_of(answers.begin(), answers.end(), [](bool permitted) { return permitted; });
  if (any) {
    require(status == 200 && why == Code::kAllowed);
    // The words may contain escapes, but these letters always appear.
    require(body.find("true") != std::string_view::npos ||
            body.find("ermit") != std::string_view::npos ||
            body.find("\\u") != std::string_view::npos);
  }
  if (status != 200) require(why == Code::kAuthzenBadStatus);

  // More requests never permit more: what a short reply omits is denied.
  Code why_more = Code::kInternal;
  const std::vector<bool> more = apply_reply(requests + 1, status, body, &why_more);
  require(more.size() == requests + 1);
  if (why == Code::kAllowed && why_more == Code::kAllowed && requests > 1) {
    require(std::equal(answers.begin(), answers.end(), more.begin()));
    require(!more.back());
  }
  return 0;
}
