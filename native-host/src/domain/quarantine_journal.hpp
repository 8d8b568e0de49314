// The port through which the quarantine list is kept over a restart
// (adapters/files/quarantine_journal_file.hpp). Quarantine (quarantine.hpp) decides; a journal only
// remembers.
//
// Contract of every journal (native-host/tests/adapters/quarantine_journal_contract_test.cpp):
//   durability   what a record() without error wrote is in the next load(), also after a crash
//                right behind it. After a crash within record() the next load() gives the list from
//                before or after it, never half of one.
//   failure      record() returns one sentence; the stored list is then an older one, and the next
//                record() writes everything that is missing. load() that cannot read or understand
//                the stored list returns one sentence and leaves it as it is: the server must not
//                start with less quarantined than an operator asked for.
//   blocking     both block. Quarantine calls them under its lock for changes, off the I/O threads.
// Not thread-safe.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "domain/quarantine_entry.hpp"

namespace portcullis::bff {

/// One entry that was set, or is gone.
struct QuarantineStep {
  bool set;
  QuarantineEntry entry;
};

class QuarantineJournal {
 public:
  QuarantineJournal() = default;
  virtual ~QuarantineJournal() = default;
  QuarantineJournal(const QuarantineJournal&) = delete;
  QuarantineJournal& operator=(const QuarantineJournal&) = delete;

  /// The stored list; empty at first. Once, before record().
  [[nodiscard]] virtual std::variant<std::vector<QuarantineEntry>, std::string> load() = 0;

  /// Makes the steps durable. `all` gives the whole list after them. Returns an empty string, or
  /// why it failed.
  [[nodiscard]] virtual std::string record(
      const std::vector<QuarantineStep>& steps,
      const std::function<std::vector<QuarantineEntry>()>& all) = 0;
};

}  // namespace portcullis::bff
