// The quarantine file's text: {"format":1,"entries":[...]}. Reading is strict: what is not
// understood completely is an error, because half a list of what must not run is worse than none.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "state/quarantine.hpp"

namespace portcullis::bff {

/// The entries, or what is wrong with the text.
[[nodiscard]] std::variant<std::vector<QuarantineEntry>, std::string> parse_quarantine_file(
    std::string_view text);
[[nodiscard]] std::string format_quarantine_file(const std::vector<QuarantineEntry>& entries);

}  // namespace portcullis::bff
