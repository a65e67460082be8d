// Where the page begins: the styles, then the one component that holds the frame.
import './app.css';
import './print.css';
import { mount } from 'svelte';
import App from './App.svelte';

const target = document.getElementById('app');
if (target) mount(App, { target });
