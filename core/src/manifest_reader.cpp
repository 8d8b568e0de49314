#include "manifest_reader.hpp"

#include <algorithm>
#include <array>

#include "bytes_equal.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::manifest_reader {

namespace {

constexpr std::size_t kQuotedBytes = 80;

std::string_view describe(json::View view) {
  switch (view.kind()) {
    case json::Kind::kNull:
      return "null";
    case json::Kind::kFalse:
      return "false";
    case json::Kind::kTrue:
      return "true";
    case json::Kind::kNumber:
      return "a number";
    case json::Kind::kString:
      return "a string";
    case json::Kind::kArray:
      return "an array";
    case json::Kind::kObject:
      return "an object";
  }
  return "";
}

void report_type(const At& at, std::string_view wanted, ProblemList& problems) {
  std::string message = at.parent == nullptr ? std::string("A manifest") : at.name();
  message += at.parent == nullptr ? " is " : " has to be ";
  message += wanted;
  message += "; this is ";
  message += describe(at.view);
  message += '.';
  problems.error(Code::kManifestWrongType, at.pointer(), std::move(message));
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Edits (insert, delete, replace) between two short words, case aside.
std::size_t distance(std::string_view a, std::string_view b) {
  constexpr std::size_t kLongest = 32;
  if (a.size() > kLongest || b.size() > kLongest) return kLongest;
  std::array<std::size_t, kLongest + 1> row{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t replaced = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      row[j] = std::min({replaced, above + 1, row[j - 1] + 1});
      diagonal = above;
    }
  }
  return row[b.size()];
}

// The known key that was probably meant, or nothing. A word of which little is left is no hint.
std::string_view nearest_of(std::string_view key, std::initializer_list<std::string_view> known) {
  std::string_view nearest;
  std::size_t fewest = 3;
  for (const std::string_view candidate : known) {
    const std::size_t edits = distance(key, candidate);
    if (edits < fewest && edits * 2 < candidate.size()) {
      fewest = edits;
      nearest = candidate;
    }
  }
  return nearest;
}

bool is_name_char(char c, bool policy_name) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  if (c == '_' || c == '-' || c == '.' || c == '$') return true;
  return policy_name && (c == ':' || c == '/');
}

}  // namespace

void ProblemList::add(Severity severity, Code code, std::string pointer, std::string message) {
  const bool is_error = severity == Severity::kError;
  has_error_ = has_error_ || is_error;
  if (!full()) {
    problems_.push_back({severity, code, std::move(pointer), std::move(message)});
  } else {
    ++left_out_;
    left_out_error_ = left_out_error_ || is_error;
  }
}

void ProblemList::error(Code code, std::string pointer, std::string message) {
  add(Severity::kError, code, std::move(pointer), std::move(message));
}

void ProblemList::warning(Code code, std::string pointer, std::string message) {
  add(Severity::kWarning, code, std::move(pointer), std::move(message));
}

bool ProblemList::full() const noexcept { return problems_.size() >= limits::kMaxManifestProblems; }

std::vector<Problem> ProblemList::take() {
  if (left_out_ > 0) {
    // The last place is needed for saying so.
    const Problem last = std::move(problems_.back());
    problems_.pop_back();
    left_out_error_ = left_out_error_ || last.severity == Severity::kError;
    problems_.push_back(
        {left_out_error_ ? Severity::kError : Severity::kWarning, Code::kManifestTooManyProblems,
         "", std::to_string(left_out_ + 1) + " more problems were left out; correct these first."});
  }
  return std::move(problems_);
}

std::string At::pointer() const {
  if (parent == nullptr) return {};
  std::string out = parent->pointer();
  if (key.data() != nullptr) {
    json::append_pointer(out, key);
  } else {
    json::append_pointer(out, index);
  }
  return out;
}

std::string At::name() const {
  if (key.data() != nullptr || parent == nullptr) return quote(key);
  return quote(std::string(parent->key) + "[" + std::to_string(index) + "]");
}

std::string quote(std::string_view text) {
  std::string out;
  if (text.size() <= kQuotedBytes) {
    json::append_string(out, text);
    return out;
  }
  std::size_t cut = kQuotedBytes;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
  json::append_string(out, std::string(text.substr(0, cut)) + "...");
  return out;
}

bool want_object(const At& at, ProblemList& problems) {
  if (at.view.is_object()) return true;
  report_type(at, "an object", problems);
  return false;
}

bool want_array(const At& at, std::size_t max, ProblemList& problems) {
  if (!at.view.is_array()) {
    report_type(at, "an array", problems);
    return false;
  }
  if (at.view.size() > max) {
    problems.error(Code::kManifestTooMany, at.pointer(),
                   at.name() + " has " + std::to_string(at.view.size()) + " entries; at most " +
                       std::to_string(max) + " are taken.");
    return false;
  }
  return true;
}

bool want_string(const At& at, ProblemList& problems) {
  if (at.view.is_string()) return true;
  report_type(at, "a string", problems);
  return false;
}

void report_required(const At& at, std::string_view example, ProblemList& problems) {
  problems.error(Code::kManifestRequired, at.pointer(),
                 at.name() + " is missing; write " + std::string(example) + ".");
}

void warn_unknown_keys(const At& object, std::initializer_list<std::string_view> known,
                       ProblemList& problems) {
  for (const json::View member : object.view.children()) {
    const std::string_view key = member.key();
    const bool is_known =
        std::any_of(known.begin(), known.end(),
                    [key](std::string_view candidate) { return bytes_equal(candidate, key); });
    if (is_known) continue;
    const std::string_view nearest = problems.full() ? std::string_view() : nearest_of(key, known);
    std::string pointer = object.pointer();
    json::append_pointer(pointer, key);
    std::string message = quote(key) + " is not known here and has no effect; ";
    if (nearest.empty()) {
      message += "remove it.";
    } else {
      message += "did you mean " + quote(nearest) + "?";
    }
    problems.warning(Code::kManifestUnknownKey, std::move(pointer), std::move(message));
  }
}

void read_text(const At& at, std::size_t max_bytes, ProblemList& problems, std::string& out) {
  if (!at || !want_string(at, problems)) return;
  const std::string_view text = at.view.text();
  if (text.size() > max_bytes) {
    problems.error(Code::kManifestTextTooLong, at.pointer(),
                   at.name() + " is " + std::to_string(text.size()) + " bytes long; at most " +
                       std::to_string(max_bytes) + " are taken.");
    return;
  }
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
  });
  if (control) {
    problems.error(Code::kManifestBadValue, at.pointer(),
                   at.name() + " has a control character; remove it.");
    return;
  }
  out = std::string(text);
}

bool read_name(const At& at, bool policy_name, ProblemList& problems, std::string& out) {
  if (!want_string(at, problems)) return false;
  const std::string_view text = at.view.text();
  const bool legal =
      !text.empty() && text.size() <= limits::kMaxNameBytes &&
      std::all_of(text.begin(), text.end(), [&](char c) { return is_name_char(c, policy_name); });
  if (!legal) {
    problems.error(
        Code::kManifestBadName, at.pointer(),
        quote(text) + " is no name; write 1 to " + std::to_string(limits::kMaxNameBytes) +
            " of the characters a-z A-Z 0-9 _ - . $" + (policy_name ? " : /" : "") + ".");
    return false;
  }
  out = std::string(text);
  return true;
}

std::vector<std::string> below(const std::vector<std::string>& pointers, std::string_view prefix) {
  std::vector<std::string> out;
  for (const std::string& pointer : pointers) {
    if (pointer.size() > prefix.size() && pointer.compare(0, prefix.size(), prefix) == 0 &&
        pointer[prefix.size()] == '/') {
      out.push_back(pointer.substr(prefix.size()));
    }
  }
  return out;
}

}  // namespace portcullis::manifest_reader
