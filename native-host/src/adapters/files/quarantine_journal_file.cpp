#include "adapters/files/quarantine_journal_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>

#include "adapters/files/folder_sync.hpp"
#include "adapters/files/quarantine_text.hpp"

namespace portcullis::bff {
namespace {

std::string failed(const char* what, const std::filesystem::path& file, int error) {
  return std::string(what) + " " + file.string() + ": " + std::strerror(error);
}

std::string damaged(const std::filesystem::path& file, const std::string& problem) {
  return "the quarantine file " + file.string() + " is damaged: " + problem +
         "; it was left as it is: repair it, or move it away to start with nothing quarantined";
}

/// Returns 0 or errno.
int write_all(int fd, std::string_view rest) {
  while (!rest.empty()) {
    const ssize_t written = ::write(fd, rest.data(), rest.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// Reads the file's text; nullopt if there is no file. On failure one sentence.
std::variant<std::optional<std::string>, std::string> read_whole(
    const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return std::optional<std::string>();
    return failed("cannot read the quarantine file", file, errno);
  }
  std::string text;
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error = errno;
      ::close(fd);
      return failed("cannot read the quarantine file", file, error);
    }
    if (got == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(fd);
  return std::optional(std::move(text));
}

std::filesystem::path journal_beside(std::filesystem::path file) {
  return file.replace_extension(".journal");
}

}  // namespace

std::string write_durably(const std::filesystem::path& file, std::string_view contents) {
  std::filesystem::path temporary = file;
  temporary += ".tmp";
  const int fd =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return failed("cannot create", temporary, errno);
  const auto give_up = [&](const char* what, int error) {
    ::close(fd);
    ::unlink(temporary.c_str());
    return failed(what, temporary, error);
  };
  if (const int error = write_all(fd, contents); error != 0) return give_up("cannot write", error);
  if (::fsync(fd) != 0) return give_up("cannot sync", errno);
  // Some file systems report a failed write only here.
  if (::close(fd) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return failed("cannot close", temporary, error);
  }
  if (::rename(temporary.c_str(), file.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return failed("cannot replace", file, error);
  }
  return sync_folder(file);
}

QuarantineJournalFile::QuarantineJournalFile(std::filesystem::path file, DurableWriter writer)
    : file_(std::move(file)), journal_(journal_beside(file_)), writer_(std::move(writer)) {}

std::variant<std::vector<QuarantineEntry>, std::string> QuarantineJournalFile::load() {
  auto whole = read_whole(file_);
  if (auto* error = std::get_if<std::string>(&whole)) return std::move(*error);
  const auto& text = std::get<std::optional<std::string>>(whole);
  QuarantineList list;
  if (text) {
    auto parsed = parse_quarantine_file(*text);
    if (const auto* problem = std::get_if<std::string>(&parsed)) return damaged(file_, *problem);
    list = std::move(std::get<QuarantineList>(parsed));
  }
  number_ = list.journal;
  auto rest = read_whole(journal_);
  if (auto* error = std::get_if<std::string>(&rest)) return std::move(*error);
  // Without a list there is nothing for a journal to continue.
  const auto& lines = std::get<std::optional<std::string>>(rest);
  if (!text || !lines) return std::move(list.entries);
  auto steps = parse_quarantine_journal(*lines, number_);
  if (const auto* problem = std::get_if<std::string>(&steps)) return damaged(journal_, *problem);
  // Indexed by key, so that a long journal over a long list is not quadratic.
  auto& all = list.entries;
  std::map<std::pair<std::string, std::string>, std::vector<QuarantineEntry>> by_plugin;
  for (QuarantineEntry& entry : all) {
    by_plugin[{entry.tenant, entry.plugin_id}].push_back(std::move(entry));
  }
  for (QuarantineStep& step : std::get<std::vector<QuarantineStep>>(steps)) {
    auto& of_plugin = by_plugin[{step.entry.tenant, step.entry.plugin_id}];
    std::erase_if(of_plugin,
                  [&](const QuarantineEntry& entry) { return same_entry(entry, step.entry); });
    if (step.set) of_plugin.push_back(std::move(step.entry));
  }
  all.clear();
  for (auto& [plugin, entries] : by_plugin) {
    for (QuarantineEntry& entry : entries) all.push_back(std::move(entry));
  }
  return std::move(all);
}

std::string QuarantineJournalFile::record(
    const std::vector<QuarantineStep>& steps,
    const std::function<std::vector<QuarantineEntry>()>& all) {
  std::string lines;
  for (const QuarantineStep& step : steps) lines += journal_line(step);
  if (whole_next_ || whole_bytes_ < kWholeBytes || journal_bytes_ + lines.size() > whole_bytes_) {
    return write_whole(all());
  }
  std::string error = append(lines);
  // A partly written line stays at the end of a journal that is no longer appended to.
  whole_next_ = !error.empty();
  return error;
}

std::string QuarantineJournalFile::write_whole(const std::vector<QuarantineEntry>& all) {
  const std::string text = format_quarantine_file(all, number_ + 1);
  // Even if it fails: if the new list exists, so does its number.
  std::string error = writer_(file_, text);
  ++number_;
  journal_bytes_ = 0;
  whole_next_ = !error.empty();
  if (error.empty()) whole_bytes_ = text.size();
  return error;
}

std::string QuarantineJournalFile::append(std::string_view lines) {
  const bool fresh = journal_bytes_ == 0;
  const int fd =
      ::open(journal_.c_str(),
             O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | (fresh ? O_TRUNC : 0), 0600);
  if (fd < 0) return failed("cannot open", journal_, errno);
  const std::string text = (fresh ? journal_head(number_) : std::string()).append(lines);
  int error = write_all(fd, text);
  if (error == 0 && ::fdatasync(fd) != 0) error = errno;
  ::close(fd);
  if (error != 0) return failed("cannot write", journal_, error);
  journal_bytes_ += text.size();
  return fresh ? sync_folder(journal_) : std::string();
}

}  // namespace portcullis::bff
