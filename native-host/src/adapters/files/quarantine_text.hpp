// Text formats of the quarantine list: the whole list, {"format":1,"journal":N,"entries":[...]},
// and journal lines. Parsing is strict: anything not fully understood is an error, because a
// partial list of what must not run is worse than none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "domain/quarantine_journal.hpp"

namespace portcullis::bff {

/// The content of quarantine.json.
struct QuarantineList {
  std::uint64_t journal = 0;  ///< the number of its journal
  std::vector<QuarantineEntry> entries;
};

/// Returns the list, or one sentence on the error.
[[nodiscard]] std::variant<QuarantineList, std::string> parse_quarantine_file(
    std::string_view text);
/// The text of the list. `journal`: the number of its journal.
[[nodiscard]] std::string format_quarantine_file(const std::vector<QuarantineEntry>& entries,
                                                 std::uint64_t journal = 0);

/// The first line of a journal: {"format":1,"journal":N}.
[[nodiscard]] std::string journal_head(std::uint64_t number);
/// {"set":{...}} or {"lifted":{...}}, with its line end.
[[nodiscard]] std::string journal_line(const QuarantineStep& step);
/// The steps of the journal with this number; empty if the text has another number. Errors name the
/// line.
[[nodiscard]] std::variant<std::vector<QuarantineStep>, std::string> parse_quarantine_journal(
    std::string_view text, std::uint64_t number);

}  // namespace portcullis::bff
