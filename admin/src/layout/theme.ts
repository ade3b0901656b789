import { type Theme, type ThemeOptions } from '@mui/material';
import { defaultDarkTheme, defaultLightTheme, type RaThemeOptions } from 'react-admin';
import { translate } from '../i18n/provider';

const SHAPE = { borderRadius: 8 };
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** What both themes have in common. */
function themeOf(base: ThemeOptions, palette: NonNullable<RaThemeOptions['palette']>): RaThemeOptions {
  return {
    ...base,
    shape: SHAPE,
    typography: { fontFamily: FONT },
    palette: { ...base.palette, ...palette },
    sidebar: { width: 200, closedWidth: 56 },
    components: {
      ...base.components,
      // Labels above the field stay readable, whatever is in it.
      MuiTextField: {
        defaultProps: { variant: 'outlined', margin: 'dense', size: 'small', fullWidth: true },
      },
      MuiFormControl: {
        defaultProps: { variant: 'outlined', margin: 'dense', size: 'small', fullWidth: true },
      },
      MuiButton: { styleOverrides: { root: { textTransform: 'none', fontWeight: 600 } } },
      // What a field waits for is worth reading.
      MuiFormHelperText: {
        styleOverrides: {
          root: ({ theme }: { theme: Theme }) => ({
            '&.Mui-disabled': { color: theme.palette.text.secondary },
          }),
        },
      },
      RaTopToolbar: {
        styleOverrides: {
          root: ({ theme }: { theme: Theme }) => ({
            // On a phone it is a bar of its own, which react-admin makes white and high.
            [theme.breakpoints.down('sm')]: { minHeight: 0, padding: 0, background: 'transparent' },
          }),
        },
      },
      // Without a name, programs that read aloud could not say what it is.
      MuiCircularProgress: { defaultProps: { 'aria-label': translate('ra.page.loading') } },
      MuiLinearProgress: { defaultProps: { 'aria-label': translate('ra.page.loading') } },
      // A long name without a space must not push the rest off the screen.
      MuiTableCell: { styleOverrides: { root: { overflowWrap: 'anywhere' } } },
      MuiDialogTitle: { styleOverrides: { root: { overflowWrap: 'anywhere' } } },
      // react-admin makes these texts too pale to read.
      RaNotFound: { styleOverrides: { root: { '& .RaNotFound-message': { opacity: 1 } } } },
      RaEmpty: { styleOverrides: { root: { '& .RaEmpty-message': { opacity: 1 } } } },
      MuiTab: { styleOverrides: { root: { textTransform: 'none' } } },
    },
  };
}

/** Contrasts of text are 4.5 to 1 or more on the backgrounds that they stand on. */
export const LIGHT_THEME = themeOf(defaultLightTheme, {
  mode: 'light',
  primary: { main: '#0b6b5d' },
  secondary: { main: '#0b6b5d' },
  background: { default: '#f5f7f6', paper: '#ffffff' },
  text: { primary: '#17211f', secondary: '#4c5a57' },
  error: { main: '#b3261e' },
});

export const DARK_THEME = themeOf(defaultDarkTheme, {
  mode: 'dark',
  primary: { main: '#6fd6c3' },
  secondary: { main: '#6fd6c3' },
  background: { default: '#121816', paper: '#1b2321' },
  text: { primary: '#eaf2ef', secondary: '#b3c2be' },
  error: { main: '#ffb4ab' },
});
