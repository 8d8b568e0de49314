// Arbitrary bytes as manifest text: no crash or undefined behaviour, the JSON reader agrees with
// nlohmann/json, and accepted manifests round-trip.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "json.hpp"
#include "portcullis/limits.hpp"
#include "portcullis/manifest.hpp"
#include "reference_json.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_json(std::string_view text) {
  portcullis::json::Document document;
  return portcullis::json::parse(text, {64 << 20, 64}, document).code == portcullis::Code::kAllowed;
}

void check_json(std::string_view text) {
  constexpr std::size_t kMaxDepth = 8;
  portcullis::json::Document document;
  const portcullis::Code code = portcullis::json::read(text, {1 << 20, kMaxDepth}, document).code;
  std::string expected;
  const bool accepted = portcullis::ReferenceJson::read(text, kMaxDepth, expected);
  require(accepted == (code == portcullis::Code::kAllowed));
  if (!accepted) return;
  const std::string written = portcullis::json::dump(document.root());
  require(written == expected);
  require(portcullis::json::dump_bound(document.root()) >= written.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace portcullis;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_json(text);
  const ManifestResult result = parse_manifest(text);
  require(result.problems.size() <= limits::kMaxManifestProblems);
  require(result.ok() || !result.problems.empty());
  require(result.ok() == result.policy.has_value());
  bool error = false;
  for (const Problem& problem : result.problems) {
    error = error || problem.severity == Severity::kError;
    require(problem.pointer.empty() || problem.pointer.front() == '/');
    require(!problem.message.empty());
  }
  require(result.ok() == !error);
  require(is_json(to_json(result.problems)));

  if (result.ok()) {
    const std::string canonical = to_json(*result.manifest);
    require(is_json(canonical));
    const ManifestResult again = parse_manifest(canonical);
    require(again.ok());
    require(to_json(*again.manifest) == canonical);
  }

  return 0;
}
