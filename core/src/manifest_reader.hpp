// The parts of parse_manifest. Internal to the core. Each read_* function reads one part of the
// manifest into the Manifest and reports all of its problems.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "filled.hpp"
#include "json.hpp"
#include "portcullis/allow_list.hpp"
#include "portcullis/manifest.hpp"

namespace portcullis::manifest_reader {

struct At;

/// Collects up to limits::kMaxManifestProblems problems; still tracks errors beyond that.
class ProblemList {
 public:
  void add(Severity severity, Code code, std::string pointer, std::string message);
  /// Adds an error at `at`; the message is built by filled().
  template <std::size_t Places>
  void error(Code code, const At& at, Pattern<Places> pattern, const Filling (&fillings)[Places]) {
    add_error(code, at, pattern.text(), fillings);
  }
  void error(Code code, const At& at, Pattern<0> message) {
    add_error(code, at, message.text(), nullptr);
  }
  /// The same, with at.name() before the message.
  template <std::size_t Places>
  void named_error(Code code, const At& at, Pattern<Places> pattern,
                   const Filling (&fillings)[Places]) {
    add_named_error(code, at, pattern.text(), fillings);
  }
  void named_error(Code code, const At& at, Pattern<0> message) {
    add_named_error(code, at, message.text(), nullptr);
  }
  [[nodiscard]] bool has_error() const noexcept { return has_error_; }
  /// Whether further problems are only counted, so that their message does not matter.
  [[nodiscard]] bool full() const noexcept;
  [[nodiscard]] std::vector<Problem> take();

 private:
  void add_error(Code code, const At& at, const char* pattern, const Filling* fillings);
  void add_named_error(Code code, const At& at, const char* pattern, const Filling* fillings);

  std::vector<Problem> problems_;
  bool has_error_ = false;
  std::size_t left_out_ = 0;
  bool left_out_error_ = false;
};

/// A value (or its absence) and its place. Links to its parent, which must outlive it, so that the
/// pointer is only built for a problem.
struct At {
  json::View view;
  const At* parent = nullptr;
  std::string_view key{};
  std::size_t index = 0;  ///< in an array, if `key` has no data

  [[nodiscard]] At child(std::string_view member) const {
    return {view.find(member), this, member};
  }
  [[nodiscard]] At child(json::View entry, std::size_t position) const {
    return {entry, this, {}, position};
  }
  explicit operator bool() const noexcept { return static_cast<bool>(view); }
  /// RFC 6901 pointer.
  [[nodiscard]] std::string pointer() const;
  /// Quoted, for sentences: "routes", or "routes[2]" for an entry.
  [[nodiscard]] std::string name() const;
};

/// Type checks. Report a mismatch (absence included) and return false.
bool want_object(const At& at, ProblemList& problems);
bool want_array(const At& at, std::size_t max, ProblemList& problems);
bool want_string(const At& at, ProblemList& problems);

/// Reports a missing required key. `example` is what to write.
void report_required(const At& at, std::string_view example, ProblemList& problems);

/// Warns of keys that are not in `known`, with the likeliest intended key.
void warn_unknown_keys(const At& object, std::initializer_list<std::string_view> known,
                       ProblemList& problems);

/// Reads an optional free text of at most `max_bytes` without control characters other than \n and
/// \t.
void read_text(const At& at, std::size_t max_bytes, ProblemList& problems, std::string& out);

/// Reads a name; `policy_name` also permits ':' and '/' (resource types and actions).
bool read_name(const At& at, bool policy_name, ProblemList& problems, std::string& out);

/// Reads one member of a rule's `params`: "uuid", ["a", "b"] or {"regex": "..."}.
bool read_param(const At& at, ProblemList& problems, ParamSpec& spec);

void read_identity(const At& root, ProblemList& problems, Manifest& out);
void read_description(const At& root, ProblemList& problems, Manifest& out);
void read_bundle(const At& root, ProblemList& problems, Manifest& out);
void read_contributions(const At& root, ProblemList& problems, Manifest& out);
void read_permissions(const At& root, ProblemList& problems, Manifest& out,
                      std::optional<PluginPolicy>& policy);

/// Reads a whole parsed manifest; `duplicates` are pointers of duplicate keys, relative to it.
ManifestResult read_manifest(json::View root, const std::vector<std::string>& duplicates);

/// The same for a value inside a larger text, limited to the size it would have alone.
ManifestResult read_inner_manifest(json::View root, const std::vector<std::string>& duplicates);

/// The pointers below `prefix`, relative to it.
std::vector<std::string> below(const std::vector<std::string>& pointers, std::string_view prefix);

}  // namespace portcullis::manifest_reader
