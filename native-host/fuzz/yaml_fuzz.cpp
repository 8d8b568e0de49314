// Arbitrary bytes as a configuration file: parsed or rejected with a position, without a crash,
// hang or deep recursion; the result converts to JSON.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/yaml/yaml.hpp"
#include "json.hpp"
#include "require.hpp"

using namespace portcullis;
using namespace portcullis::bff;
using fuzz::require;

namespace {

/// A number that may exceed a double: an exponent of three or more digits, or 300 digits.
bool has_huge_number(std::string_view text) {
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    digits = digit ? digits + 1 : 0;
    const std::size_t before = i - digits;  // of the run that ends here
    if (digits >= 300) return true;
    if (digits < 3 || before >= i) continue;
    const char sign = text[before];
    const char mark = sign == '+' || sign == '-' ? text[before == 0 ? 0 : before - 1] : sign;
    if (mark == 'e' || mark == 'E') return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<ConfigProblem> problems;
  const auto root = parse_yaml(text, "x.yaml", problems);
  if (!root) {
    require(!problems.empty() && problems.front().severity == Severity::kError);
    return 0;
  }
  json::Document document;
  const std::string written = yaml_to_json(*root);
  const bool read = json::read(written, {written.size(), 256}, document).code == Code::kAllowed;
  require(read || has_huge_number(written));
  return 0;
}
