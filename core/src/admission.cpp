#include "portcullis/admission.hpp"

#include "portcullis/semver.hpp"

namespace portcullis {

bool same_version(std::string_view a, std::string_view b) {
  return a == b || semver::compare(a, b) == 0;
}

bool stops_version(std::optional<std::string_view> quarantined, std::string_view running) {
  return !quarantined || same_version(*quarantined, running);
}

}  // namespace portcullis
