// The quarantine list on disk, so that a change is stored before it is answered, at a cost that
// does not grow with the list.
//
// `quarantine.json` is the whole list. While it is small each change writes it anew: temporary
// file, fsync, rename, fsync of the folder, so that after a crash it is the old or the new one,
// never half of one. A longer list gets `quarantine.journal` beside it: a change is a line there,
// synced; when the journal has grown as long as the list, the list is written anew and the journal
// begins again. So n changes write O(n) bytes.
//
// The list says which journal continues it, by a number: a journal of another number is an old one
// that was folded in already. A last line without its end was never answered, and is left out.
//
// Where appending fails, the next change writes the whole list, under a new number.
// Not thread-safe: Quarantine has one lock for changes.
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

/// How the list is written. Exchanged in tests, to fail on purpose. Returns an empty string, or why
/// it failed.
using DurableWriter =
    std::function<std::string(const std::filesystem::path& file, std::string_view contents)>;
/// write temp + fsync + rename + fsync of the folder.
[[nodiscard]] std::string write_durably(const std::filesystem::path& file,
                                        std::string_view contents);

class QuarantineJournalFile final : public QuarantineJournal {
 public:
  /// A list whose text is shorter is written whole.
  static constexpr std::size_t kWholeBytes = 64 * 1024;

  explicit QuarantineJournalFile(std::filesystem::path file, DurableWriter writer = write_durably);

  /// The journal included. The error names the file.
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
