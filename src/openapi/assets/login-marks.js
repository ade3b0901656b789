/**
 * A plugin of Swagger UI. The form above the document is the way to log in, so the locks at the operations are marks and no
 * buttons, and stand only where a token must be sent. Tokens that somebody has from elsewhere can still be set.
 *
 * @param {any} system
 */
export const loginMarks = (system) => {
  /** @type {(type: any, props: object | null, ...children: unknown[]) => unknown} */
  const element = (...parts) => system.React.createElement(...parts);
  return {
    components: {
      authorizeBtn: (/** @type {any} */ { onClick, showPopup, getComponent }) =>
        element(
          'div',
          { className: 'auth-wrapper' },
          element('button', { type: 'button', className: 'btn set-tokens', onClick }, 'Set tokens by hand'),
          showPopup && element(getComponent('authorizationPopup', true), null),
        ),
      authorizeOperationBtn: (/** @type {any} */ { isAuthorized, getComponent }) => {
        const text = isAuthorized ? 'Sent with your token' : 'Needs a login';
        return element(
          'span',
          { className: 'login-mark', role: 'img', 'aria-label': text, title: text },
          element(getComponent('LockAuthOperationIcon', true), null),
        );
      },
    },
    wrapComponents: {
      OperationSummary: (/** @type {any} */ Original) => (/** @type {any} */ props) =>
        element(Original, { ...props, operationProps: withoutOptionalLogin(props.operationProps) }),
    },
  };
};

/**
 * An empty requirement among others says that the operation can be called without a token.
 *
 * @param {any} operation an immutable map
 */
function withoutOptionalLogin(operation) {
  const isOptional = operation.get('security')?.some((/** @type {any} */ one) => one.isEmpty());
  return isOptional ? operation.delete('security') : operation;
}
