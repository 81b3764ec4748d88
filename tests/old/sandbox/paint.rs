//! Colours and lines.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use crate::arguments::Color;

#[derive(Clone, Copy, Debug)]
pub enum Ink {
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
    Cyan,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Red => "31",
            Self::Green => "32",
            Self::Yellow => "33",
            Self::Cyan => "36",
        }
    }
}

/// Standard output, with or without colours.
#[derive(Debug)]
pub struct Paper {
    colored: bool,
    width: usize,
}

impl Paper {
    pub fn new(color: Color) -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let columns = std::env::var("COLUMNS").ok().and_then(|n| n.parse().ok());
        Self {
            colored: match color {
                Color::Auto => io::stdout().is_terminal() && !unwanted,
                Color::Always => true,
                Color::Never => false,
            },
            width: columns.unwrap_or(110_usize).clamp(60, 140),
        }
    }

    pub fn ink(&self, ink: Ink, text: impl fmt::Display) -> String {
        match ink.code() {
            code if self.colored && !code.is_empty() => format!("\x1b[{code}m{text}\x1b[0m"),
            _ => text.to_string(),
        }
    }

    pub fn line(&self, text: impl fmt::Display) -> io::Result<()> {
        let line = text.to_string();
        writeln!(io::stdout(), "{}", line.trim_end())
    }

    pub fn blank(&self) -> io::Result<()> {
        self.line("")
    }

    /// Prose, wrapped, each line after an indent of so many spaces; the first line has its indent already.
    pub fn wrapped(&self, indent: usize, text: &str) -> String {
        let mut wrapped = String::new();
        let mut used = indent;
        for word in text.split_whitespace() {
            let length = word.chars().count();
            if used > indent && used + 1 + length > self.width {
                wrapped.push('\n');
                wrapped.push_str(&" ".repeat(indent));
                used = indent;
            } else if used > indent {
                wrapped.push(' ');
                used += 1;
            }
            wrapped.push_str(word);
            used += length;
        }
        wrapped
    }
}
