// Finds the files of a built page whose name contains a content hash, so that they never change,
// from the build's own list. Names alone are ambiguous: "app-settings.json" looks like
// "index-uzVmdSAR.js".
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// Vite's manifest (`build.manifest: true`, set by portcullis/vite), relative to the page's folder.
/// Read, but not served.
inline constexpr std::string_view kBuildList = ".vite/manifest.json";

/// The files in a Vite manifest that are renamed with a hash: "assets/NAME-HASH.EXT", where the
/// chunk or source is NAME and HASH has at least 8 characters. Relative to the page's folder. Empty
/// for an invalid manifest.
[[nodiscard]] std::set<std::string, std::less<>> hashed_files(std::string_view manifest);

}  // namespace portcullis::bff
