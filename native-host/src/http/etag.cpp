#include "http/etag.hpp"

namespace portcullis::bff {

bool none_match(const Request& request, std::string_view etag) {
  bool matches = false;
  for (const HeaderField& field : request.fields) {
    if (!iequals(field.name, "if-none-match")) continue;
    if (field.value == etag) return true;  // the usual case
    each_list_element(field.value, [&](std::string_view candidate) {
      if (candidate == "*") matches = true;
      if (candidate.substr(0, 2) == "W/") candidate.remove_prefix(2);
      if (candidate == etag) matches = true;
    });
  }
  return matches;
}

Precondition evaluate_preconditions(const Request& request, std::string_view etag) {
  bool asked = false;
  bool matches = false;
  for (const HeaderField& field : request.fields) {
    if (!iequals(field.name, "if-match")) continue;
    asked = true;
    each_list_element(field.value, [&](std::string_view candidate) {
      matches = matches || candidate == "*" || candidate == etag;
    });
  }
  if (asked && !matches) return Precondition::kFailed;
  return none_match(request, etag) ? Precondition::kNotModified : Precondition::kProceed;
}

bool range_applies(const Request& request, std::string_view etag) {
  return request.count("if-range") == 0 || request.single("if-range") == etag;
}

}  // namespace portcullis::bff
