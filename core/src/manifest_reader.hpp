// The parts that parse_manifest is made of. Internal to the core.
//
// Each read_* function looks at one part of the manifest, writes what is right into the Manifest
// and reports everything that is wrong. None stops at the first problem.
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

/// Problems up to limits::kMaxManifestProblems; whether one was an error is known beyond that, too.
class ProblemList {
 public:
  void add(Severity severity, Code code, std::string pointer, std::string message);
  /// An error at `at`; the message as of filled().
  void error(Code code, const At& at, const char* pattern,
             std::initializer_list<Filling> fillings = {});
  /// The same, and at.name() stands in front of the message.
  void named_error(Code code, const At& at, const char* pattern,
                   std::initializer_list<Filling> fillings = {});
  [[nodiscard]] bool has_error() const noexcept { return has_error_; }
  /// What is reported from here on is only counted; no need to word it well.
  [[nodiscard]] bool full() const noexcept;
  [[nodiscard]] std::vector<Problem> take();

 private:
  std::vector<Problem> problems_;
  bool has_error_ = false;
  std::size_t left_out_ = 0;
  bool left_out_error_ = false;
};

/// A value (or its absence) and where it stands. Links to its parent, which has to outlive it: the
/// pointer is only put together where there is a problem.
struct At {
  json::View view;
  const At* parent = nullptr;
  std::string_view key{};
  std::size_t index = 0;  ///< in an array: where `key` has no data

  [[nodiscard]] At child(std::string_view member) const {
    return {view.find(member), this, member};
  }
  [[nodiscard]] At child(json::View entry, std::size_t position) const {
    return {entry, this, {}, position};
  }
  explicit operator bool() const noexcept { return static_cast<bool>(view); }
  /// RFC 6901.
  [[nodiscard]] std::string pointer() const;
  /// For sentences: "routes", or "routes[2]" for an entry, quoted.
  [[nodiscard]] std::string name() const;
};

/// Type checks. False: it was reported (also when absent, as far as these are called then).
bool want_object(const At& at, ProblemList& problems);
bool want_array(const At& at, std::size_t max, ProblemList& problems);
bool want_string(const At& at, ProblemList& problems);

/// Reports that a required key is absent. `example` is what to write.
void report_required(const At& at, std::string_view example, ProblemList& problems);

/// Warns of keys that are none of `known`, and says which one was probably meant.
void warn_unknown_keys(const At& object, std::initializer_list<std::string_view> known,
                       ProblemList& problems);

/// An optional free text of at most `max_bytes`, without control characters other than \n and \t.
void read_text(const At& at, std::size_t max_bytes, ProblemList& problems, std::string& out);

/// A name: `policy_name` additionally takes ':' and '/' (resource types and actions).
bool read_name(const At& at, bool policy_name, ProblemList& problems, std::string& out);

/// One member of a rule's `params`: "uuid", ["a", "b"] or {"regex": "..."}.
bool read_param(const At& at, ProblemList& problems, ParamSpec& spec);

void read_identity(const At& root, ProblemList& problems, Manifest& out);
void read_description(const At& root, ProblemList& problems, Manifest& out);
void read_bundle(const At& root, ProblemList& problems, Manifest& out);
void read_contributions(const At& root, ProblemList& problems, Manifest& out);
void read_permissions(const At& root, ProblemList& problems, Manifest& out,
                      std::optional<PluginPolicy>& policy);

/// The whole of it, for a value that was read already: `duplicates` are the pointers of keys that
/// stand twice in it, relative to it.
ManifestResult read_manifest(json::View root, const std::vector<std::string>& duplicates);

/// The same for a value inside of a larger text: held to the size that it would have alone.
ManifestResult read_inner_manifest(json::View root, const std::vector<std::string>& duplicates);

/// The pointers that stand below `prefix`, relative to it.
std::vector<std::string> below(const std::vector<std::string>& pointers, std::string_view prefix);

}  // namespace portcullis::manifest_reader
