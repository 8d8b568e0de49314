// Admission: may a plugin be listed, served, called, streamed, kept open or counted now?
//
// Maps the facts about one plugin and one purpose to a code, by the table in spec/admission.json
// (docs/admission.md). Gathering the facts (catalogue, quarantine, signatures, host version) is the
// caller's job; the plugin's own rules are decision.hpp's. Server and page both decide here and
// nowhere else: a new condition is a row of the table and a fact. Pure and thread-safe; O(rows).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "portcullis/admission_table.hpp"
#include "portcullis/codes.hpp"

namespace portcullis {

/// The facts about one plugin. With no fact set, every purpose is admitted.
class AdmissionFacts {
 public:
  /// Records that the condition holds; false changes nothing. For kUntrusted use untrusted().
  constexpr AdmissionFacts& set(AdmissionCondition condition, bool holds = true) noexcept {
    if (holds) holds_ = static_cast<std::uint8_t>(holds_ | 1U << static_cast<unsigned>(condition));
    return *this;
  }
  /// Records why the plugin's signatures do not let it be served; kAllowed if they do, or if none
  /// are required.
  constexpr AdmissionFacts& untrusted(Code why) noexcept {
    why_untrusted_ = why;
    return set(AdmissionCondition::kUntrusted, why != Code::kAllowed);
  }
  /// Whether the condition was set.
  [[nodiscard]] constexpr bool holds(AdmissionCondition condition) const noexcept {
    return (holds_ >> static_cast<unsigned>(condition) & 1U) != 0;
  }
  /// The reason passed to untrusted(); kAllowed by default.
  [[nodiscard]] constexpr Code why_untrusted() const noexcept { return why_untrusted_; }

 private:
  std::uint8_t holds_ = 0;
  Code why_untrusted_ = Code::kAllowed;
};
static_assert(kAdmission.size() <= 8);

/// Returns kAllowed, or the code of the first condition that holds and refuses `purpose`.
[[nodiscard]] constexpr Code admit(const AdmissionFacts& facts, Purpose purpose) noexcept {
  for (const AdmissionRow& row : kAdmission) {
    const bool refuses = (row.refuses >> static_cast<unsigned>(purpose) & 1U) != 0;
    if (!refuses || !facts.holds(row.condition)) continue;
    return row.code == Code::kAllowed ? facts.why_untrusted() : row.code;
  }
  return Code::kAllowed;
}

/// Whether a quarantine of version `quarantined` (nullopt: all versions) stops version `running`.
/// Versions are compared by precedence (SemVer 2.0.0, section 10), so 1.0.0 also stops
/// 1.0.0+build.7. A text that is not a version equals only itself.
[[nodiscard]] bool stops_version(std::optional<std::string_view> quarantined,
                                 std::string_view running);

/// Whether stops_version() treats both texts as the same version.
[[nodiscard]] bool same_version(std::string_view a, std::string_view b);

}  // namespace portcullis
