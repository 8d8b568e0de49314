// The canonical path in its simplest form: one pass per step on strings and vectors, sharing
// nothing with the product. A reference for tests and fuzzers; deliberately slow and obvious.
#pragma once

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portcullis/codes.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::reference {

struct Path {
  Code code = Code::kAllowed;
  std::string path;
  std::optional<std::string> query;
};

inline int hex(char c) {
  const std::string_view digits = "0123456789abcdef";
  const auto at = digits.find(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  return c == '\0' || at == std::string_view::npos ? -1 : static_cast<int>(at);
}

inline bool is_triplet(std::string_view text, std::size_t at) {
  return at + 2 < text.size() && text[at] == '%' && hex(text[at + 1]) >= 0 &&
         hex(text[at + 2]) >= 0;
}

inline unsigned char byte_of(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(hex(text[at + 1]) * 16 + hex(text[at + 2]));
}

inline bool is_unreserved(char c) {
  const std::string_view all = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  return all.find(c) != std::string_view::npos;
}

/// Decodes code points and checks them against RFC 3629.
inline bool is_utf8(const std::vector<unsigned char>& bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const unsigned char first = bytes[i];
    const std::size_t size = first < 0x80             ? 1
                             : (first & 0xe0) == 0xc0 ? 2
                             : (first & 0xf0) == 0xe0 ? 3
                             : (first & 0xf8) == 0xf0 ? 4
                                                      : 0;
    if (size == 0 || i + size > bytes.size()) return false;
    unsigned long point = size == 1 ? first : first & (0xffU >> (size + 1));
    for (std::size_t j = 1; j < size; ++j) {
      if ((bytes[i + j] & 0xc0) != 0x80) return false;
      point = point << 6 | (bytes[i + j] & 0x3fU);
    }
    const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < least[size] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
      return false;
    }
    i += size;
  }
  return true;
}

inline Code raw_bytes(std::string_view path) {
  const std::string_view sub_delims_and_more = "!$&'()*+,=:@/";
  for (std::size_t i = 0; i < path.size(); ++i) {
    const auto c = static_cast<unsigned char>(path[i]);
    if (c < 0x20 || c == 0x7f) return Code::kPathControlByte;
    if (c > 0x7f) return Code::kPathNonAscii;
    if (c == '\\') return Code::kPathBackslash;
    if (c == '#') return Code::kPathFragment;
    if (c == ';') return Code::kPathSemicolon;
    if (c == '%') {
      if (!is_triplet(path, i)) return Code::kPathPercentMalformed;
      const unsigned char byte = byte_of(path, i);
      if (byte == '/') return Code::kPathEncodedSlash;
      if (byte == '\\') return Code::kPathEncodedBackslash;
      if (byte == ';') return Code::kPathEncodedSemicolon;
      if (byte == '#') return Code::kPathEncodedFragment;
      if (byte == '?') return Code::kPathEncodedQuestion;
      if (byte < 0x20 || byte == 0x7f) return Code::kPathEncodedControl;
      i += 2;
      continue;
    }
    if (!is_unreserved(path[i]) && sub_delims_and_more.find(path[i]) == std::string_view::npos) {
      return Code::kPathIllegalByte;
    }
  }
  return Code::kAllowed;
}

inline std::string decode_unreserved(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      out += path[i];
      continue;
    }
    const char byte = static_cast<char>(byte_of(path, i));
    if (is_unreserved(byte)) {
      out += byte;
    } else {
      out += '%';
      out += static_cast<char>(std::toupper(static_cast<unsigned char>(path[i + 1])));
      out += static_cast<char>(std::toupper(static_cast<unsigned char>(path[i + 2])));
    }
    i += 2;
  }
  return out;
}

inline std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  std::string segment;
  for (const char c : path.substr(1)) {
    if (c == '/') {
      segments.push_back(segment);
      segment.clear();
    } else {
      segment += c;
    }
  }
  segments.push_back(segment);  // "" if the path ends in '/'
  return segments;
}

/// Percent-encodes what browsers send raw.
inline std::string encode_for_browsers(std::string_view path) {
  std::string out;
  for (const char c : path) {
    switch (c) {
      case '[':
        out += "%5B";
        break;
      case ']':
        out += "%5D";
        break;
      case '|':
        out += "%7C";
        break;
      case '^':
        out += "%5E";
        break;
      default:
        out += c;
    }
  }
  return out;
}

inline Path canonicalize(std::string_view target) {
  const auto reject = [](Code code) { return Path{code, "", std::nullopt}; };
  const auto mark = target.find('?');
  const std::string_view came = target.substr(0, mark);
  if (came.size() > limits::kMaxPathBytes) return reject(Code::kPathTooLong);
  if (came.empty() || came[0] != '/') return reject(Code::kPathNotAbsolute);
  const std::string raw = encode_for_browsers(came);
  if (raw.size() > limits::kMaxPathBytes) return reject(Code::kPathTooLong);
  if (const Code code = raw_bytes(raw); code != Code::kAllowed) return reject(code);
  Path result;
  if (mark != std::string_view::npos) {
    result.query = std::string(target.substr(mark + 1));
    if (result.query->size() > limits::kMaxQueryBytes) return reject(Code::kQueryTooLong);
    for (const char c : *result.query) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x21 || byte == '#' || byte > 0x7e) return reject(Code::kQueryIllegalByte);
    }
  }

  const std::string decoded = decode_unreserved(raw);
  if (const Code code = raw_bytes(decoded); code != Code::kAllowed) return reject(code);
  for (std::size_t i = decoded.find("%25"); i != std::string::npos;
       i = decoded.find("%25", i + 3)) {
    std::string_view behind = std::string_view(decoded).substr(i + 3);
    std::size_t digits = 2;
    if (!behind.empty() && std::toupper(static_cast<unsigned char>(behind[0])) == 'U') {
      behind.remove_prefix(1);
      digits = 4;
    }
    behind = behind.substr(0, digits);
    const bool all = std::all_of(behind.begin(), behind.end(), [](char c) { return hex(c) >= 0; });
    if (behind.size() == digits && all) return reject(Code::kPathDoubleEncoded);
  }
  std::vector<unsigned char> run;  // a raw byte ends a run of decoded bytes
  for (std::size_t i = 0; i <= decoded.size(); ++i) {
    if (i < decoded.size() && decoded[i] == '%') {
      run.push_back(byte_of(decoded, i));
      i += 2;
    } else {
      if (!is_utf8(run)) return reject(Code::kPathInvalidUtf8);
      run.clear();
    }
  }

  const std::vector<std::string> segments = split(decoded);
  bool empty = false;
  bool dot = false;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    empty = empty || (segments[i].empty() && i + 1 < segments.size());
    dot = dot || segments[i] == "." || segments[i] == "..";
  }
  if (empty && dot) return reject(Code::kPathEmptyAndDotSegment);
  std::vector<std::string> kept;
  bool slash = false;
  for (const std::string& segment : segments) {
    slash = segment.empty() || segment == "." || segment == "..";
    if (segment == "..") {
      if (kept.empty()) return reject(Code::kPathAboveRoot);
      kept.pop_back();
    } else if (!slash) {
      kept.push_back(segment);
    }
  }
  for (const std::string& segment : kept) result.path += '/' + segment;
  if (slash || kept.empty()) result.path += '/';
  return result;
}

}  // namespace portcullis::reference
