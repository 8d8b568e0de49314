#include "http/etag.hpp"

namespace portcullis::bff {

bool none_match(const Request& request, std::string_view etag) {
  bool matches = false;
  for (const HeaderField& field : request.fields) {
    if (!iequals(field.name, "if-none-match")) continue;
    if (field.value == etag) return true;  // what nearly every client sends
    each_list_element(field.value, [&](std::string_view candidate) {
      if (candidate == "*") matches = true;
      if (candidate.substr(0, 2) == "W/") candidate.remove_prefix(2);
      if (candidate == etag) matches = true;
    });
  }
  return matches;
}

}  // namespace portcullis::bff
