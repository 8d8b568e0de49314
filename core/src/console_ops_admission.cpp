#include <algorithm>
#include <optional>

#include "console_ops.hpp"
#include "portcullis/admission.hpp"

namespace portcullis::console {

namespace {

std::optional<Purpose> purpose_of(std::string_view text) {
  const auto found = std::find(kPurposeNames.begin(), kPurposeNames.end(), text);
  if (found == kPurposeNames.end()) return std::nullopt;
  return static_cast<Purpose>(found - kPurposeNames.begin());
}

std::optional<Code> code_of(std::string_view text) {
  const auto found = std::find_if(kCodes.begin(), kCodes.end(),
                                  [&](const CodeInfo& each) { return each.name == text; });
  if (found == kCodes.end()) return std::nullopt;
  return static_cast<Code>(found - kCodes.begin());
}

/// Adds one condition that holds, named by its row; kUntrusted is given as the reason's code.
bool add_fact(json::View fact, AdmissionFacts& facts) {
  if (!fact.is_string()) return false;
  const auto row =
      std::find_if(kAdmission.begin(), kAdmission.end(), [&](const AdmissionRow& each) {
        return each.name == fact.text() && each.condition != AdmissionCondition::kUntrusted;
      });
  if (row != kAdmission.end()) {
    facts.set(row->condition);
    return true;
  }
  const auto why = code_of(fact.text());
  if (why) facts.untrusted(*why);
  return why.has_value();
}

}  // namespace

Code admission_admit(const Request& request, json::Writer& answer) {
  std::string_view text;
  if (!request.text("purpose", text)) return Code::kConsoleBadArgument;
  const auto purpose = purpose_of(text);
  const json::View given = request.root.find("facts");
  if (!purpose || !given || !given.is_array()) return Code::kConsoleBadArgument;
  AdmissionFacts facts;
  for (const json::View fact : given.children()) {
    if (!add_fact(fact, facts)) return Code::kConsoleBadArgument;
  }
  answer.key("code").string(name(admit(facts, *purpose)));
  return Code::kAllowed;
}

Code admission_stops_version(const Request& request, json::Writer& answer) {
  std::string_view running;
  std::string_view version;
  const bool has_version = static_cast<bool>(request.root.find("quarantined"));
  if (!request.text("version", running) || (has_version && !request.text("quarantined", version))) {
    return Code::kConsoleBadArgument;
  }
  const auto quarantined = has_version ? std::optional(version) : std::nullopt;
  answer.key("result").boolean(stops_version(quarantined, running));
  return Code::kAllowed;
}

}  // namespace portcullis::console
