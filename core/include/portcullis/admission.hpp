// Whether a plugin may be listed, served, called, streamed, kept open or counted now.
//
// Decides: the one code for a plugin in its present state and one purpose, by the table of
// spec/admission.json (docs/admission.md). Does not: find out what is so (the caller has the
// catalogue, the quarantine list, the signatures and the host's version), nor who asks, nor what
// the plugin's own rules say (decision.hpp).
//
// Both sides of the wire ask here, and nobody decides elsewhere: a new condition is a row of the
// table and a fact, not an `if` in each place that serves. Pure; O(rows of the table).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "portcullis/admission_table.hpp"
#include "portcullis/codes.hpp"

namespace portcullis {

/// What is so of one plugin. Without facts nothing stands against it.
class AdmissionFacts {
 public:
  /// The condition holds. For kUntrusted: untrusted().
  constexpr AdmissionFacts& set(AdmissionCondition condition, bool holds = true) noexcept {
    if (holds) holds_ = static_cast<std::uint8_t>(holds_ | 1U << static_cast<unsigned>(condition));
    return *this;
  }
  /// Its signatures do not let it be served, and why; kAllowed: they do, or none are required.
  constexpr AdmissionFacts& untrusted(Code why) noexcept {
    why_untrusted_ = why;
    return set(AdmissionCondition::kUntrusted, why != Code::kAllowed);
  }
  [[nodiscard]] constexpr bool holds(AdmissionCondition condition) const noexcept {
    return (holds_ >> static_cast<unsigned>(condition) & 1U) != 0;
  }
  [[nodiscard]] constexpr Code why_untrusted() const noexcept { return why_untrusted_; }

 private:
  std::uint8_t holds_ = 0;
  Code why_untrusted_ = Code::kAllowed;
};
static_assert(kAdmission.size() <= 8);

/// kAllowed, or the code of the first condition that holds and refuses this purpose.
[[nodiscard]] constexpr Code admit(const AdmissionFacts& facts, Purpose purpose) noexcept {
  for (const AdmissionRow& row : kAdmission) {
    const bool refuses = (row.refuses >> static_cast<unsigned>(purpose) & 1U) != 0;
    if (!refuses || !facts.holds(row.condition)) continue;
    return row.code == Code::kAllowed ? facts.why_untrusted() : row.code;
  }
  return Code::kAllowed;
}

/// Whether a quarantine of this version (none: of every version) stops the version that runs. By
/// precedence (Semantic Versioning 2.0.0, 10): 1.0.0 is 1.0.0+build.7, too. A text that is no
/// version is itself alone.
[[nodiscard]] bool stops_version(std::optional<std::string_view> quarantined,
                                 std::string_view running);

/// Whether both stand for the same version, as stops_version() sees it.
[[nodiscard]] bool same_version(std::string_view a, std::string_view b);

}  // namespace portcullis
