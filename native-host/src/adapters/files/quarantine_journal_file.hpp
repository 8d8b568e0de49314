// The quarantine list on disk: changes are stored before they are answered, at a cost independent
// of the list's size.
//
// `quarantine.json` is the whole list. While it is small, each change rewrites it: temporary file,
// fsync, rename, fsync of the folder, so a crash leaves the old or the new list. A longer list has
// a `quarantine.journal`: each change is one synced line; once the journal is as long as the list,
// the list is rewritten and a new journal begins. n changes thus write O(n) bytes.
//
// The list contains the number of its journal; a journal with another number is outdated. An
// incomplete last line was never acknowledged and is ignored. If appending fails, the next change
// rewrites the list under a new number. Not thread-safe: Quarantine holds a lock for changes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "domain/quarantine_journal.hpp"

namespace portcullis::bff {

/// Writes a file durably. Replaced in tests to provoke failures. Returns an empty string, or the
/// reason of a failure.
using DurableWriter =
    std::function<std::string(const std::filesystem::path& file, std::string_view contents)>;
/// Temporary file, fsync, rename, fsync of the folder.
[[nodiscard]] std::string write_durably(const std::filesystem::path& file,
                                        std::string_view contents);

/// A quarantine journal in two files of one folder.
class QuarantineJournalFile final : public QuarantineJournal {
 public:
  /// Lists with shorter text are always rewritten.
  static constexpr std::size_t kWholeBytes = 64 * 1024;

  explicit QuarantineJournalFile(std::filesystem::path file, DurableWriter writer = write_durably);

  /// Includes the journal. The error names the file.
  [[nodiscard]] std::variant<std::vector<QuarantineEntry>, std::string> load() override;
  [[nodiscard]] std::string record(
      const std::vector<QuarantineStep>& steps,
      const std::function<std::vector<QuarantineEntry>()>& all) override;

 private:
  std::string write_whole(const std::vector<QuarantineEntry>& all);
  std::string append(std::string_view lines);

  const std::filesystem::path file_;
  const std::filesystem::path journal_;
  const DurableWriter writer_;
  std::uint64_t number_ = 0;  // of the journal that continues the list on disk
  std::size_t whole_bytes_ = 0;
  std::size_t journal_bytes_ = 0;
  bool whole_next_ = true;
};

}  // namespace portcullis::bff
