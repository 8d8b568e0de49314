// Arbitrary bytes as a JSON body: accepted texts are JSON to nlohmann/json, are equal after a round
// trip, and respect the depth limit.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/strict_json.hpp"
#include "require.hpp"

using namespace portcullis;
using namespace portcullis::bff;
using fuzz::require;

namespace {

std::size_t depth_of(const nlohmann::json& value) {
  std::size_t deepest = 0;
  if (!value.is_structured()) return 0;
  for (const auto& item : value) deepest = std::max(deepest, depth_of(item));
  return deepest + 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kDepth = 8;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  nlohmann::json read;
  std::string detail;
  const Code code = parse_strict_json(text, 4096, kDepth, read, &detail);
  if (code != Code::kAllowed) return 0;
  require(size <= 4096 && nlohmann::json::accept(text));
  require(depth_of(read) <= kDepth);
  const std::string written = read.dump();
  nlohmann::json again;
  require(parse_strict_json(written, std::size_t{1} << 20U, kDepth, again) == Code::kAllowed);
  require(again == read);
  return 0;
}
