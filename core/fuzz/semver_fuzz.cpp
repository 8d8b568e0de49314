// Input: '0' or '1' (include pre-releases), a version, a line end, a range.
//
// Properties: no crash or out-of-bounds read; all entry points agree; a normal form is its own
// normal form; a range contains what its normal form contains.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exact_copy.hpp"
#include "portcullis/semver.hpp"

namespace {

using portcullis::ExactCopy;
namespace semver = portcullis::semver;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_version(std::string_view text) {
  const auto version = semver::parse(text);
  const auto normal = semver::valid(text);
  require(version.has_value() == normal.has_value());
  if (!version) return;
  require(version->text() == *normal);
  require(semver::valid(*normal) == normal);
  require(semver::compare(text, *normal) == 0);
  require(semver::satisfies(text, *normal));  // as a range, it contains itself
}

void check_order(std::string_view a, std::string_view b) {
  const auto forth = semver::compare(a, b);
  const auto back = semver::compare(b, a);
  require(forth.has_value() == back.has_value());
  require(!forth || *forth == -*back);
}

/// node reads ">=v0.0.0" as a bound and ">=0.0.0" as none, so this normal form is weaker than its
/// source (">=0.0.0-0" if pre-releases are included).
bool loses_its_bound(std::string_view normal) {
  return normal.find(">=0.0.0") != std::string_view::npos;
}

void check_range(std::string_view version, std::string_view text, bool include) {
  const auto range = semver::parse_range(text, include);
  const bool held = semver::satisfies(version, text, include);
  const auto parsed = semver::parse(version);
  require(held == (range && parsed && range->contains(*parsed)));
  const auto normal = semver::valid_range(text, include);
  require(range.has_value() == normal.has_value());
  (void)semver::check_engine(version, text);
  if (!range) return;
  require(range->text() == *normal);
  const auto again = semver::valid_range(*normal, include);
  require(again.has_value());
  if (loses_its_bound(*normal)) return;
  require(*again == *normal);
  require(semver::satisfies(version, *normal, include) == held);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const bool include = input.front() == '1';
  const std::string_view rest = input.substr(1);
  const std::size_t cut = rest.find('\n');
  const ExactCopy version(rest.substr(0, cut));
  const ExactCopy range(cut == std::string_view::npos ? std::string_view{} : rest.substr(cut + 1));
  check_version(version.view());
  check_version(range.view());
  check_order(version.view(), range.view());
  check_range(version.view(), range.view(), include);
  return 0;
}
