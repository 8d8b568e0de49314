#include <optional>

#include "console_ops.hpp"
#include "portcullis/semver.hpp"

namespace portcullis::console {

namespace {

// Like node-semver, treats a version or range of another type as invalid. Only a missing one is a
// bad argument.
bool any_text(const Request& request, std::string_view key, std::string_view& out) {
  constexpr std::string_view kNeverValid = "!";
  if (!request.text(key, out)) out = kNeverValid;
  return static_cast<bool>(request.root.find(key));
}

Code write_text(const std::optional<std::string>& text, json::Writer& answer) {
  answer.key("result");
  if (text) {
    answer.string(*text);
  } else {
    answer.null();
  }
  return Code::kAllowed;
}

}  // namespace

Code semver_satisfies(const Request& request, json::Writer& answer) {
  std::string_view version;
  std::string_view range;
  bool include_prerelease = false;
  if (!any_text(request, "version", version) || !any_text(request, "range", range) ||
      !request.flag("includePrerelease", include_prerelease)) {
    return Code::kConsoleBadArgument;
  }
  answer.key("result").boolean(semver::satisfies(version, range, include_prerelease));
  return Code::kAllowed;
}

Code semver_valid_range(const Request& request, json::Writer& answer) {
  std::string_view range;
  bool include_prerelease = false;
  if (!any_text(request, "range", range) ||
      !request.flag("includePrerelease", include_prerelease)) {
    return Code::kConsoleBadArgument;
  }
  return write_text(semver::valid_range(range, include_prerelease), answer);
}

Code semver_valid(const Request& request, json::Writer& answer) {
  std::string_view version;
  if (!any_text(request, "version", version)) return Code::kConsoleBadArgument;
  return write_text(semver::valid(version), answer);
}

Code semver_compare(const Request& request, json::Writer& answer) {
  std::string_view a;
  std::string_view b;
  if (!any_text(request, "a", a) || !any_text(request, "b", b)) return Code::kConsoleBadArgument;
  const std::optional<int> order = semver::compare(a, b);
  if (!order) return Code::kSemverInvalidVersion;
  answer.key("result").integer(*order);
  return Code::kAllowed;
}

Code semver_engine(const Request& request, json::Writer& answer) {
  std::string_view version;
  std::string_view range;
  if (!any_text(request, "version", version) || !any_text(request, "range", range)) {
    return Code::kConsoleBadArgument;
  }
  const semver::Compatibility found = semver::check_engine(version, range);
  answer.key("compatible").boolean(found.compatible).key("code").string(name(found.code));
  return Code::kAllowed;
}

}  // namespace portcullis::console
